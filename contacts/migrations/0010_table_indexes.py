"""What the tables sort and search by. Built beside running work: contacts and companies may be many."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Left, Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("contacts", "0009_notes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="company",
            index=GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass(Upper("domain"), name="gin_trgm_ops"),
                name="contacts_company_search",
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(Left("last_name", 200), Left("first_name", 200), "id", name="contacts_contact_by_name"),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index("country", Left("city", 200), name="contacts_contact_by_place"),
        ),
    ]
