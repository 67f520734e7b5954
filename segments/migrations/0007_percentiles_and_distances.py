"""Values at percentages, the last anniversary of a day, and distances on a round earth."""

from django.db import migrations, models

import segments.models

LAST_ANNIVERSARY = """
CREATE OR REPLACE FUNCTION crmseg_last_anniversary(day date, today date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The last day, until today, that has the day and month of `day`: at the earliest `day` itself, NULL before it.
    -- 29 February falls on the 28th in common years.
    SELECT CASE WHEN day > today THEN NULL
                WHEN this_year <= today THEN this_year
                ELSE (day + make_interval(years => years - 1))::date END
      FROM (SELECT (extract(year FROM today) - extract(year FROM day))::int AS years) AS distance,
           LATERAL (SELECT (day + make_interval(years => years))::date AS this_year) AS candidate
$$
"""

KILOMETRES = """
CREATE OR REPLACE FUNCTION crmseg_km(lat1 float8, lon1 float8, lat2 float8, lon2 float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- The length of the great circle between two points of a round earth, by haversines.
    SELECT 2 * 6371.0088 * asin(least(1.0, sqrt(
        sin((radians(lat2) - radians(lat1)) / 2) ^ 2
        + cos(radians(lat1)) * cos(radians(lat2)) * sin((radians(lon2) - radians(lon1)) / 2) ^ 2)))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0006_pins_and_delays"), ("contacts", "0005_company_history")]

    operations = [
        migrations.RunSQL(LAST_ANNIVERSARY, "DROP FUNCTION crmseg_last_anniversary(date, date)"),
        migrations.RunSQL(KILOMETRES, "DROP FUNCTION crmseg_km(float8, float8, float8, float8)"),
        migrations.CreateModel(
            name="Percentile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("property", models.TextField()),
                ("percent", segments.models.ExactNumber()),
                ("value", segments.models.ExactNumber(null=True)),
                ("computed_at", models.DateTimeField()),
            ],
            options={"verbose_name": "percentile", "verbose_name_plural": "percentiles"},
        ),
        migrations.AddConstraint(
            model_name="percentile",
            constraint=models.UniqueConstraint(fields=("property", "percent"), name="segments_percentile_once"),
        ),
    ]
