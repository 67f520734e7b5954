import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import contacts.models.exact


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0010_surveys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Automation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Switched on"),
                            ("paused", "Paused"),
                            ("archived", "Archived"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, verbose_name="version")),
                ("live_version", models.PositiveIntegerField(null=True, verbose_name="live version")),
                ("trouble", models.TextField(blank=True, verbose_name="trouble")),
                ("ledger_cursor", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("event_mark", models.BigIntegerField(null=True)),
                ("event_mark_at", models.DateTimeField(null=True)),
                ("event_mark_xid", models.BigIntegerField(null=True)),
                ("dates_until", models.DateTimeField(null=True)),
                ("created_by", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("activated_at", models.DateTimeField(null=True, verbose_name="switched on")),
                ("archived_at", models.DateTimeField(null=True, verbose_name="archived")),
            ],
            options={
                "verbose_name": "automation",
                "verbose_name_plural": "automations",
            },
        ),
        migrations.CreateModel(
            name="AutomationVersion",
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
                    "keys",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("saved_by", models.TextField(verbose_name="by")),
                ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
            ],
            options={
                "verbose_name": "version of an automation",
                "verbose_name_plural": "versions of automations",
            },
        ),
        migrations.CreateModel(
            name="EventSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "event seen",
                "verbose_name_plural": "events seen",
            },
        ),
        migrations.CreateModel(
            name="HookCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_id", models.BigIntegerField()),
                ("url", models.TextField(verbose_name="address")),
                (
                    "body",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=dict,
                        encoder=contacts.models.exact.ExactEncoder,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("leased", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("uncertain", "Uncertain"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "call of a service",
                "verbose_name_plural": "calls of services",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_id", models.BigIntegerField()),
                ("entry", models.TextField()),
                ("entered_at", models.DateTimeField(verbose_name="entered")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "On the way"),
                            ("finished", "Finished"),
                            ("goal", "Reached the goal"),
                            ("left", "Left early"),
                            ("held_out", "Held out"),
                            ("failed", "Failed"),
                        ],
                        default="active",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("held_out", models.BooleanField(default=False, verbose_name="held out")),
                ("step", models.CharField(blank=True, max_length=40, verbose_name="step")),
                ("visit", models.PositiveIntegerField(default=0)),
                ("arrived_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("begun", models.BooleanField(default=False)),
                ("waits_for", models.TextField(blank=True)),
                ("exit_reason", models.TextField(blank=True, verbose_name="reason")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("goal_at", models.DateTimeField(null=True, verbose_name="reached the goal")),
                ("goal_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.TextField(blank=True, verbose_name="trouble")),
            ],
            options={
                "verbose_name": "run",
                "verbose_name_plural": "runs",
            },
        ),
        migrations.CreateModel(
            name="RunLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact_id", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "look at a run",
                "verbose_name_plural": "looks at runs",
            },
        ),
        migrations.CreateModel(
            name="StepDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visit", models.PositiveIntegerField()),
                ("step", models.CharField(max_length=40, verbose_name="step")),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("arrived_at", models.DateTimeField(verbose_name="arrived")),
                ("at", models.DateTimeField(verbose_name="done")),
                ("outcome", models.CharField(max_length=40, verbose_name="outcome")),
                (
                    "details",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=dict,
                        encoder=contacts.models.exact.ExactEncoder,
                    ),
                ),
            ],
            options={
                "verbose_name": "step done",
                "verbose_name_plural": "steps done",
            },
        ),
        migrations.RemoveConstraint(
            model_name="send",
            name="campaigns_send_once",
        ),
        migrations.AddField(
            model_name="send",
            name="occasion",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(
                choices=[
                    ("once", "Sent once"),
                    ("ongoing", "Ongoing: greets whoever enters"),
                    ("automated", "Sent by automations"),
                ],
                default="once",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="send",
            constraint=models.UniqueConstraint(
                fields=("campaign", "contact_id", "occasion"), name="campaigns_send_each_once"
            ),
        ),
        migrations.AddIndex(
            model_name="automation",
            index=models.Index(fields=["state", "id"], name="campaigns_automation_state"),
        ),
        migrations.AddField(
            model_name="automationversion",
            name="automation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="versions",
                to="campaigns.automation",
            ),
        ),
        migrations.AddField(
            model_name="eventseen",
            name="automation",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.automation"
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="automation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="runs",
                to="campaigns.automation",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="campaigns.automationversion"
            ),
        ),
        migrations.AddField(
            model_name="stepdone",
            name="run",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="done", to="campaigns.run"
            ),
        ),
        migrations.AddField(
            model_name="hookcall",
            name="done",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="call", to="campaigns.stepdone"
            ),
        ),
        migrations.AddIndex(
            model_name="automationversion",
            index=django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="campaigns_automation_keys"),
        ),
        migrations.AddConstraint(
            model_name="automationversion",
            constraint=models.UniqueConstraint(fields=("automation", "number"), name="campaigns_automation_version"),
        ),
        migrations.AddConstraint(
            model_name="eventseen",
            constraint=models.UniqueConstraint(fields=("automation", "event_id"), name="campaigns_event_seen_once"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["due_at", "id"], name="campaigns_run_due"
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["contact_id"], name="campaigns_run_of_contact"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["automation", "state", "step"], name="campaigns_run_where"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["automation", "-entered_at", "-id"], name="campaigns_run_latest"),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("state", "active"), models.Q(("waits_for", ""), _negated=True)),
                fields=["waits_for", "contact_id"],
                name="campaigns_run_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(fields=("automation", "contact_id", "entry"), name="campaigns_run_once"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")),
                fields=("automation", "contact_id"),
                name="campaigns_run_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="stepdone",
            constraint=models.UniqueConstraint(fields=("run", "visit"), name="campaigns_step_once"),
        ),
        migrations.AddIndex(
            model_name="hookcall",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "leased"])),
                fields=["next_attempt_at", "id"],
                name="campaigns_hook_open",
            ),
        ),
        migrations.AddIndex(
            model_name="hookcall",
            index=models.Index(fields=["contact_id"], name="campaigns_hook_of_contact"),
        ),
    ]
