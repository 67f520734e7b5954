import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0012_automation_moves"),
    ]

    operations = [
        migrations.CreateModel(
            name="DryRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("result", models.JSONField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
                ("asked_by", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "automation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dry_runs",
                        to="campaigns.automation",
                    ),
                ),
            ],
            options={
                "verbose_name": "dry run",
                "verbose_name_plural": "dry runs",
                "indexes": [models.Index(fields=["automation", "-id"], name="campaigns_dryrun_latest")],
            },
        ),
    ]
