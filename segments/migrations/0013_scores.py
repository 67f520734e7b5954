"""Score models, their versions, what they give each contact, and the builds that give it to everyone."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import contacts.models.exact
import segments.models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0012_kept_habits"),
        ("segments", "0012_ledger_in_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScoreModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=50, unique=True, verbose_name="key")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "definition",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        verbose_name="definition",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("building", "Building"), ("live", "Live"), ("failed", "Failed")],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("error", models.TextField(blank=True, verbose_name="error")),
                (
                    "link",
                    models.CharField(
                        choices=[("sum", "Sum of points"), ("logistic", "Chance in percent")],
                        default="sum",
                        max_length=10,
                        verbose_name="link",
                    ),
                ),
                ("intercept", segments.models.ExactNumber(default=0, verbose_name="intercept")),
                ("is_default", models.BooleanField(default=False, verbose_name="default")),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None, verbose_name="reads"
                    ),
                ),
                ("archived_at", models.DateTimeField(blank=True, null=True, verbose_name="archived")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
            ],
            options={
                "verbose_name": "score model",
                "verbose_name_plural": "score models",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="segments_scoremodel_keys")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="segments_scoremodel_one_default",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreBuild",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("superseded", "Superseded"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("moved", models.PositiveBigIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="builds", to="segments.scoremodel"
                    ),
                ),
            ],
            options={
                "verbose_name": "build of scores",
                "verbose_name_plural": "builds of scores",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=["id"],
                        name="segments_scorebuild_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("points", segments.models.ExactNumber(verbose_name="score")),
                ("fit", segments.models.ExactNumber(verbose_name="fit")),
                ("engagement", segments.models.ExactNumber(verbose_name="engagement")),
                ("grade", models.CharField(max_length=2, verbose_name="grade")),
                (
                    "parts",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=list,
                        encoder=contacts.models.exact.ExactEncoder,
                        verbose_name="parts",
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="changed")),
                ("due_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="scores",
                        to="contacts.contact",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="scores",
                        to="segments.scoremodel",
                    ),
                ),
            ],
            options={
                "verbose_name": "score",
                "verbose_name_plural": "scores",
                "indexes": [
                    models.Index(fields=["model", "-points", "contact"], name="segments_score_ranked"),
                    models.Index(fields=["model", "grade", "-points"], name="segments_score_graded"),
                ],
                "constraints": [models.UniqueConstraint(fields=("model", "contact"), name="segments_score_once")],
            },
        ),
        migrations.CreateModel(
            name="ScoreModelVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                (
                    "definition",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        verbose_name="definition",
                    ),
                ),
                (
                    "link",
                    models.CharField(
                        choices=[("sum", "Sum of points"), ("logistic", "Chance in percent")],
                        default="sum",
                        max_length=10,
                        verbose_name="link",
                    ),
                ),
                ("intercept", segments.models.ExactNumber(default=0, verbose_name="intercept")),
                ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                ("saved_by", models.TextField(verbose_name="by")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="segments.scoremodel"
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a score model",
                "verbose_name_plural": "versions of score models",
                "constraints": [models.UniqueConstraint(fields=("model", "number"), name="segments_scoreversion_once")],
            },
        ),
    ]
