import django.db.models.deletion
from django.db import migrations, models

import contacts.models.exact


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0010_table_indexes"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkTouch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_id", models.BigIntegerField(db_index=True)),
                (
                    "before",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        null=True,
                    ),
                ),
                (
                    "after",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        null=True,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kept", models.CharField(blank=True, db_default="", default="", max_length=20)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a bulk action",
                "verbose_name_plural": "changes of bulk actions",
                "constraints": [models.UniqueConstraint(fields=("job", "contact_id"), name="contacts_bulk_touch_once")],
            },
        ),
    ]
