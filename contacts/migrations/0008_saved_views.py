"""Filters with an address, saved views, and how each person likes a table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import contacts.models.exact


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0007_counts_topics_and_retyping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("token", models.CharField(max_length=32, primary_key=True, serialize=False)),
                (
                    "definition",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder, encoder=contacts.models.exact.ExactEncoder
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "kept filter",
                "verbose_name_plural": "kept filters",
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "table",
                    models.CharField(
                        choices=[("contacts", "Contacts"), ("companies", "Companies")],
                        default="contacts",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("query", models.JSONField(default=dict)),
                ("shared", models.BooleanField(default=False, verbose_name="for everyone")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "view",
                "verbose_name_plural": "views",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("shared", True)), fields=("table", "name"), name="contacts_view_shared_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("shared", False)),
                        fields=("table", "owner", "name"),
                        name="contacts_view_own_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TableHabit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "table",
                    models.CharField(choices=[("contacts", "Contacts"), ("companies", "Companies")], max_length=10),
                ),
                ("columns", models.TextField(blank=True)),
                ("opens", models.CharField(blank=True, max_length=20)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "table"), name="contacts_habit_once")],
            },
        ),
    ]
