"""What a worker counted, what the account declares of its consents, and changes of the type of an attribute."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import contacts.models.exact


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0006_merges_duplicates_and_undo"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=200, verbose_name="label")),
                ("labels", models.JSONField(blank=True, default=dict, verbose_name="labels in other languages")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("key", models.CharField(max_length=30, unique=True, verbose_name="key")),
            ],
            options={
                "verbose_name": "consent channel",
                "verbose_name_plural": "consent channels",
            },
        ),
        migrations.CreateModel(
            name="ConsentTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=200, verbose_name="label")),
                ("labels", models.JSONField(blank=True, default=dict, verbose_name="labels in other languages")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("key", models.CharField(max_length=100, unique=True, verbose_name="key")),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="channels",
                    ),
                ),
                (
                    "default",
                    models.CharField(
                        choices=[
                            ("subscribed", "Written to until they say no"),
                            ("unsubscribed", "Written to only after they say yes"),
                        ],
                        default="subscribed",
                        max_length=20,
                        verbose_name="until they answer",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent topic",
                "verbose_name_plural": "consent topics",
            },
        ),
        migrations.CreateModel(
            name="EventPart",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("mark", models.TextField()),
                ("counted_at", models.DateTimeField()),
                ("took", models.DurationField()),
            ],
        ),
        migrations.AddField(
            model_name="attributedefinition",
            name="description",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="description"),
        ),
        migrations.CreateModel(
            name="AttributeCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=10)),
                ("key", models.CharField(max_length=100)),
                ("known", models.BigIntegerField()),
                ("total", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entity", "key"), name="contacts_attribute_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=30)),
                ("topic", models.CharField(blank=True, max_length=100)),
                ("subscribed", models.BigIntegerField()),
                ("unsubscribed", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "topic"), name="contacts_consent_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EventTypeCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_at", models.DateTimeField(null=True)),
                ("events_1d", models.BigIntegerField(default=0)),
                ("events_7d", models.BigIntegerField(default=0)),
                ("events_30d", models.BigIntegerField(default=0)),
                ("people_30d", models.BigIntegerField(default=0)),
                ("counted_at", models.DateTimeField()),
                (
                    "type",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="counted", to="contacts.eventtype"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Retyping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("former_type", models.CharField(max_length=20, verbose_name="type before")),
                ("former_options", models.JSONField(default=list)),
                ("present_type", models.CharField(max_length=20, verbose_name="type")),
                ("present_options", models.JSONField(default=list)),
                ("converted", models.BigIntegerField(default=0, verbose_name="converted")),
                ("lost", models.BigIntegerField(default=0, verbose_name="lost")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor", models.TextField(verbose_name="by")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone")),
                ("undone_by", models.TextField(blank=True)),
                (
                    "definition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retypings",
                        to="contacts.attributedefinition",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of type",
                "verbose_name_plural": "changes of type",
            },
        ),
        migrations.CreateModel(
            name="EventDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.TextField()),
                ("day", models.DateField()),
                ("events", models.BigIntegerField()),
                (
                    "type",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="contacts.eventtype"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["type", "day"], name="contacts_event_days")],
                "constraints": [
                    models.UniqueConstraint(fields=("part", "type", "day"), name="contacts_event_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RetypedValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row_id", models.BigIntegerField()),
                (
                    "old",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder, encoder=contacts.models.exact.ExactEncoder
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
                (
                    "retyping",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="contacts.retyping",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("retyping", "row_id"), name="contacts_retyped_once")],
            },
        ),
    ]
