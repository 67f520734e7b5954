"""Score models that were learned, and their evidence while it is gathered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("segments", "0014_discoveries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Fitting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("goal", models.JSONField(verbose_name="goal")),
                ("days", models.PositiveIntegerField(verbose_name="days")),
                ("features", models.JSONField(verbose_name="conditions")),
                ("found", models.JSONField(null=True, verbose_name="found")),
                ("refused", models.TextField(blank=True)),
                ("as_of", models.DateTimeField(verbose_name="as of")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="started")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="jobs.job"
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="segments.scoremodel",
                        verbose_name="score model",
                    ),
                ),
            ],
            options={
                "verbose_name": "learned score",
                "verbose_name_plural": "learned scores",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="FittingPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("moment", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("people", models.PositiveIntegerField()),
                ("had", models.BinaryField()),
                ("converted", models.BinaryField()),
                (
                    "fitting",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="segments.fitting",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence of a learned score",
                "verbose_name_plural": "evidence of learned scores",
                "constraints": [
                    models.UniqueConstraint(fields=("fitting", "moment", "number"), name="segments_fittingpart_once")
                ],
            },
        ),
    ]
