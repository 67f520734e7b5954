import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whatever deletes a contact deletes what was written about her.
GO_WITH_THE_CONTACT = """
    ALTER TABLE contacts_note ADD CONSTRAINT contacts_note_contact FOREIGN KEY (contact_id)
        REFERENCES contacts_contact (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0008_saved_views"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="text")),
                ("author", models.TextField(verbose_name="author")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("updated_at", models.DateTimeField(verbose_name="updated")),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="contacts.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "indexes": [models.Index(fields=["contact", "-created_at", "-id"], name="contacts_note_latest")],
            },
        ),
        migrations.RunSQL(GO_WITH_THE_CONTACT, migrations.RunSQL.noop),
    ]
