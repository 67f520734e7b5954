"""Whose clock counts, months forth and back, and where calendar units begin."""

from django.db import migrations

ZONE = """
CREATE OR REPLACE FUNCTION crmseg_zone(name text, otherwise text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    -- `name` where it is a zone of the form Area/City or UTC, else `otherwise`: a contact's zone may be anything.
BEGIN
    IF name IS NULL OR name !~ '^([A-Za-z]+(/[A-Za-z0-9_+-]+)+|UTC)$' THEN
        RETURN otherwise;
    END IF;
    PERFORM TIMESTAMP '2000-01-01' AT TIME ZONE name;
    RETURN name;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN otherwise;
END
$$
"""

MONTHS = """
CREATE OR REPLACE FUNCTION crmseg_months(instant timestamptz, months int, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The same time of day so many months later (or earlier); a day that the month lacks becomes its last.
    SELECT crmseg_instant((instant AT TIME ZONE zone) + make_interval(months => months), zone)
$$
"""

PERIOD = """
CREATE OR REPLACE FUNCTION crmseg_period(day date, unit text, shift int, fiscal int) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The first day of the calendar unit that holds `day`, or of the one `shift` units later. Weeks begin on Monday;
    -- years and quarters in the month `fiscal`.
    SELECT CASE unit
        WHEN 'day' THEN day + shift
        WHEN 'week' THEN date_trunc('week', day::timestamp)::date + 7 * shift
        WHEN 'month' THEN (date_trunc('month', day::timestamp) + make_interval(months => shift))::date
        WHEN 'quarter' THEN (date_trunc('quarter', day::timestamp - make_interval(months => (fiscal - 1) % 3))
                             + make_interval(months => (fiscal - 1) % 3 + 3 * shift))::date
        WHEN 'year' THEN (date_trunc('year', day::timestamp - make_interval(months => fiscal - 1))
                          + make_interval(months => fiscal - 1 + 12 * shift))::date
    END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0004_first_instants")]

    operations = [
        migrations.RunSQL(ZONE, "DROP FUNCTION crmseg_zone(text, text)"),
        migrations.RunSQL(MONTHS, "DROP FUNCTION crmseg_months(timestamptz, int, text)"),
        migrations.RunSQL(PERIOD, "DROP FUNCTION crmseg_period(date, text, int, int)"),
    ]
