import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whatever deletes a contact deletes what was to be done about her.
GO_WITH_THE_CONTACT = """
    ALTER TABLE contacts_task ADD CONSTRAINT contacts_task_contact FOREIGN KEY (contact_id)
        REFERENCES contacts_contact (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0012_kept_habits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=300, verbose_name="title")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                ("done_by", models.TextField(blank=True, verbose_name="done by")),
                ("source", models.TextField(blank=True, verbose_name="source")),
                ("created_by", models.TextField(verbose_name="created by")),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("updated_at", models.DateTimeField(verbose_name="updated")),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tasks",
                        to="contacts.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "task",
                "verbose_name_plural": "tasks",
                "indexes": [
                    models.Index(fields=["contact", "due_at", "id"], name="contacts_task_of_contact"),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["due_at", "id"],
                        name="contacts_task_open",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["owner", "due_at", "id"],
                        name="contacts_task_open_of_owner",
                    ),
                    models.Index(
                        condition=models.Q(("done_at__isnull", False)),
                        fields=["-done_at", "-id"],
                        name="contacts_task_done",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GO_WITH_THE_CONTACT, migrations.RunSQL.noop),
    ]
