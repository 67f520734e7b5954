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
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The next instant after `moment` at which `instant` may enter or leave the window of the last `months`, or an
    -- instant before it. The window starts at the same time of day, some months ago: so `instant` leaves when clocks
    -- have shown its time of day. But a window that starts on a day its month lacks goes back at midnight, and one
    -- that starts or ends where clocks change goes back or forth with them: then every quarter of an hour
    -- around that time of day is looked at.
    SELECT CASE
        WHEN near > moment THEN near
        ELSE (SELECT min(candidate)
                FROM generate_series(-1, 5) AS shift,
                     LATERAL (
                         SELECT crmseg_instant((day + shift)::timestamp, zone)
                         UNION ALL
                         SELECT each + interval '1 microsecond'
                           FROM unnest(ARRAY[
                                    crmseg_instant((day + shift)::timestamp + wall, zone),
                                    ((day + shift)::timestamp + wall) AT TIME ZONE zone]) AS each
                         UNION ALL
                         SELECT each
                           FROM generate_series(-180, 195, 15) AS quarter,
                                LATERAL (SELECT (day + shift)::timestamp + on_hour + quarter * interval '1 minute' AS c
                                          UNION ALL
                                         SELECT (day + shift)::timestamp + wall + quarter * interval '1 minute'
                                                + interval '1 microsecond') AS clock,
                                unnest(ARRAY[crmseg_instant(c, zone), c AT TIME ZONE zone]) AS each
                          WHERE irregular
                     ) AS flip (candidate)
               WHERE candidate > moment)
    END
      FROM (SELECT target::date AS day,
                   local::time::interval AS wall,
                   date_trunc('hour', local)::time::interval AS on_hour,
                   crmseg_instant(target - interval '2 days', zone) AS near,
                   crmseg_instant(local + interval '2 days', zone) - crmseg_instant(local - interval '2 days', zone)
                       <> interval '4 days'
                   OR crmseg_instant(target + interval '6 days', zone)
                      - crmseg_instant(target - interval '2 days', zone) <> interval '8 days' AS irregular
              FROM (SELECT instant AT TIME ZONE zone AS local,
                           instant AT TIME ZONE zone + make_interval(months => months) AS target) AS here) AS there
$$
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_alter_segment_definition_and_more")]

    operations = [
        migrations.RunSQL(INSTANT, "DROP FUNCTION crmseg_instant(timestamp, text)"),
        migrations.RunSQL(MONTH_FLIP, migrations.RunSQL.noop),
    ]
