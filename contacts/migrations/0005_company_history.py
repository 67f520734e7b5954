"""What an attribute of a company was before."""

from django.db import migrations, models

import contacts.models.exact


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0004_search_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyHistory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                (
                    "old",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        null=True,
                    ),
                ),
                (
                    "new",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        encoder=contacts.models.exact.ExactEncoder,
                        null=True,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("company_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "company change",
                "verbose_name_plural": "company history",
                "indexes": [models.Index(fields=["company_id", "key", "at"], name="contacts_co_company_ca4227_idx")],
            },
        ),
    ]
