"""The calendar arithmetic that definitions need inside the database."""

from django.core.management.base import CommandError
from django.db import migrations

AGE = """
CREATE OR REPLACE FUNCTION crmseg_age(birth date, today date) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- Whole years completed. Born on 29 February: a year older on the 28th in common years.
    SELECT CASE WHEN birth <= today THEN
        extract(year FROM today) - extract(year FROM birth)
        - (today < (birth + make_interval(
              years => (extract(year FROM today) - extract(year FROM birth))::int))::date)::int
    END
$$
"""

NEXT_ANNIVERSARY = """
CREATE OR REPLACE FUNCTION crmseg_next_anniversary(day date, today date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The first day, from today on, that has the day and month of `day`; 29 February falls on the 28th otherwise.
    SELECT CASE WHEN this_year >= today THEN this_year
                ELSE (day + make_interval(years => years + 1))::date END
      FROM (SELECT (extract(year FROM today) - extract(year FROM day))::int AS years) AS distance,
           LATERAL (SELECT (day + make_interval(years => years))::date AS this_year) AS candidate
$$
"""

MONTH_FLIP = """
CREATE OR REPLACE FUNCTION crmseg_month_flip(
    instant timestamptz, months int, zone text, moment timestamptz
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The next instant after `moment` at which `instant` may enter or leave the window of the last `months`, or an
    -- instant before it. A window that starts on a day its month lacks moves unevenly, so near the end every
    -- local midnight and every return of the instant's own time of day is a candidate, an hour around it included
    -- because clocks change.
    SELECT CASE
        WHEN near > moment THEN near
        ELSE (SELECT min(candidate)
                FROM generate_series(-1, 5) AS shift,
                     unnest(ARRAY[interval '0', wall, wall - interval '1 hour', wall + interval '1 hour']) AS clock,
                     LATERAL (SELECT ((day + shift)::timestamp + clock) AT TIME ZONE zone
                                     + interval '1 microsecond' AS candidate) AS flip
               WHERE candidate > moment)
    END
      FROM (SELECT (local + make_interval(months => months))::date AS day,
                   local::time::interval AS wall,
                   (local + make_interval(months => months, days => -5)) AT TIME ZONE zone AS near
              FROM (SELECT instant AT TIME ZONE zone AS local) AS here) AS there
$$
"""


def refuse_old_servers(apps, schema_editor):
    """Definitions fold case with `casefold`, which PostgreSQL has since 18."""
    version = schema_editor.connection.pg_version
    if version < 180000:
        raise CommandError(f"crmseg needs PostgreSQL 18 or newer; this server is {version // 10000}.")


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_initial")]

    operations = [
        migrations.RunPython(refuse_old_servers, migrations.RunPython.noop),
        migrations.RunSQL(AGE, "DROP FUNCTION crmseg_age(date, date)"),
        migrations.RunSQL(NEXT_ANNIVERSARY, "DROP FUNCTION crmseg_next_anniversary(date, date)"),
        migrations.RunSQL(MONTH_FLIP, "DROP FUNCTION crmseg_month_flip(timestamptz, int, text, timestamptz)"),
    ]
