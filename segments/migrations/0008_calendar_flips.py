"""When days enter and leave calendar units and the time after their anniversaries, looked up once for each day."""

from django.db import migrations

UNIT_FLIP = """
CREATE OR REPLACE FUNCTION crmseg_unit_flip(day date, unit text, shift int, fiscal int, today date) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- The next day after `today` on which the unit `shift` units from today's begins, or no longer is, that of `day`.
DECLARE
    comes date := crmseg_period(day, unit, -shift, fiscal);
    leaves date := crmseg_period(day, unit, 1 - shift, fiscal);
BEGIN
    RETURN CASE WHEN today < comes THEN comes WHEN today < leaves THEN leaves END;
END
$$
"""

LAST_ANNIVERSARY_FLIP = """
CREATE OR REPLACE FUNCTION crmseg_last_anniversary_flip(day date, length interval, today date) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    -- The next day after `today` on which the last anniversary of `day` begins or ceases to be at most `length` ago, or
    -- one before it: near the end of a month the day is irregular, so every day from there on is looked at.
DECLARE
    last date := crmseg_last_anniversary(day, today);
BEGIN
    IF last IS NULL THEN
        RETURN day;
    END IF;
    IF last >= (today - length)::date THEN
        RETURN greatest((last + length)::date - CASE WHEN extract(day FROM length) > 0 THEN -1 ELSE 5 END, today + 1);
    END IF;
    RETURN crmseg_next_anniversary(day, today + 1);
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0007_percentiles_and_distances")]

    operations = [
        migrations.RunSQL(UNIT_FLIP, "DROP FUNCTION crmseg_unit_flip(date, text, int, int, date)"),
        migrations.RunSQL(LAST_ANNIVERSARY_FLIP, "DROP FUNCTION crmseg_last_anniversary_flip(date, interval, date)"),
    ]
