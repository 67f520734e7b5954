"""Local times that clocks show twice or never, and every instant at which a month ago jumps."""

from django.db import migrations

INSTANT = """
CREATE OR REPLACE FUNCTION crmseg_instant(local timestamp, zone text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The first instant at which clocks of the zone show `local`. PostgreSQL alone gives the second of two, by which
    -- a day would begin an hour late where clocks go back at one in the night. A time that clocks skip counts on from
    -- the beginning of the gap.
    SELECT CASE WHEN ((local - interval '1 hour') AT TIME ZONE zone + interval '1 hour') AT TIME ZONE zone = local
                THEN (local - interval '1 hour') AT TIME ZONE zone + interval '1 hour'
                ELSE local AT TIME ZONE zone END
$$
"""

MONTH_FLIP = """
CREATE OR REPLACE FUNCTION crmseg_month_flip(
    instant timestamptz, months int, zone text, moment timestamptz
) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    -- The next instant after `moment` at which `instant` may enter or leave the window of the last `months`, or an
    -- instant before it. The window starts at the same time of day, some months ago: so `instant` leaves when clocks
    -- have shown its time of day. But a window that starts on a day its month lacks goes back at midnight, and one
    -- that starts or ends where clocks change goes back or forth with them: then every quarter of an hour
    -- around that time of day is looked at.
DECLARE
    -- Most are asked long before: for them a few days too early, found without zones, is near enough.
    roughly timestamptz := (instant AT TIME ZONE 'UTC' + make_interval(months => months, days => -7))
                           AT TIME ZONE 'UTC';
    local timestamp;
    target timestamp;
    day date;
    wall interval;
    candidate timestamptz;
BEGIN
    IF roughly > moment THEN
        RETURN roughly;
    END IF;
    local := instant AT TIME ZONE zone;
    target := local + make_interval(months => months);
    candidate := (target - interval '2 days') AT TIME ZONE zone;
    IF candidate > moment THEN
        RETURN candidate;
    END IF;
    day := target::date;
    wall := local::time::interval;
    IF (local + interval '2 days') AT TIME ZONE zone - (local - interval '2 days') AT TIME ZONE zone = interval '4 days'
       AND (target + interval '6 days') AT TIME ZONE zone - (target - interval '2 days') AT TIME ZONE zone
           = interval '8 days'
    THEN
        FOR shift IN 0..5 LOOP
            candidate := (day + shift)::timestamp AT TIME ZONE zone;
            IF candidate > moment THEN
                RETURN candidate;
            END IF;
            candidate := ((day + shift)::timestamp + wall) AT TIME ZONE zone + interval '1 microsecond';
            IF candidate > moment THEN
                RETURN candidate;
            END IF;
        END LOOP;
        RETURN NULL;
    END IF;
    FOR shift IN -1..5 LOOP
        SELECT min(each) INTO candidate
          FROM generate_series(-180, 195, 15) AS quarter,
               LATERAL (SELECT (day + shift)::timestamp AS midnight) AS days,
               LATERAL (VALUES (midnight + date_trunc('hour', wall), interval '0'),
                               (midnight + wall, interval '1 microsecond')) AS clock (around, tick),
               LATERAL (SELECT around + quarter * interval '1 minute' AS shown) AS at,
               LATERAL (VALUES (crmseg_instant(shown, zone) + tick), (shown AT TIME ZONE zone + tick),
                               (crmseg_instant(midnight, zone)), (crmseg_instant(midnight + interval '1 day', zone)))
                       AS instants (each)
         WHERE each > moment;
        IF candidate IS NOT NULL THEN
            RETURN candidate;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_alter_segment_definition_and_more")]

    operations = [
        migrations.RunSQL(INSTANT, "DROP FUNCTION crmseg_instant(timestamp, text)"),
        migrations.RunSQL(MONTH_FLIP, migrations.RunSQL.noop),
    ]
