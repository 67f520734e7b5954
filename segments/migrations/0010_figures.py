"""Moves are counted by quarter of an hour from here on, and those of before are counted once; lists get targets."""

import django.db.models.deletion
from django.db import migrations, models

COUNT = """
    INSERT INTO segments_movecount (segment_id, quarter, built, entered, gone)
    SELECT l.segment_id, date_bin('15 minutes', l.at, '2000-01-01T00:00:00Z'), l.cause = 'build',
           count(*) FILTER (WHERE l.change = 'entered'), count(*) FILTER (WHERE l.change = 'left')
      FROM segments_ledgerentry AS l JOIN segments_segment AS s ON s.id = l.segment_id
     GROUP BY 1, 2, 3
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0009_folders_tags_and_archive")]

    operations = [
        migrations.CreateModel(
            name="MoveCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quarter", models.DateTimeField()),
                ("built", models.BooleanField(default=False)),
                ("entered", models.PositiveBigIntegerField(default=0)),
                ("gone", models.PositiveBigIntegerField(default=0)),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="move_counts",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "count of moves",
                "verbose_name_plural": "counts of moves",
                "indexes": [models.Index(fields=["quarter"], name="segments_movecount_quarter")],
                "constraints": [
                    models.UniqueConstraint(fields=("segment", "quarter", "built"), name="segments_movecount_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("size", "Size of the list"),
                            ("entered", "People who enter"),
                            ("average", "Average of a property"),
                            ("did", "Share of members who do something"),
                        ],
                        max_length=10,
                        verbose_name="metric",
                    ),
                ),
                ("property", models.TextField(blank=True, verbose_name="property")),
                ("event", models.TextField(blank=True, verbose_name="event")),
                ("days", models.PositiveSmallIntegerField(default=30, verbose_name="days")),
                ("value", models.DecimalField(decimal_places=4, max_digits=20, verbose_name="target")),
                ("by", models.DateField(blank=True, null=True, verbose_name="reach by")),
                (
                    "base",
                    models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name="at the start"),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                (
                    "segment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="target", to="segments.segment"
                    ),
                ),
            ],
            options={"verbose_name": "target", "verbose_name_plural": "targets"},
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
