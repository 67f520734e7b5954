import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import contacts.models.exact

# Rows change often, in place where there is room. They outlive a deleted contact until lists have looked at its end: a
# key to the contact would make every look wait for whoever holds her row.
WITH_ROOM = "ALTER TABLE contacts_worth SET (fillfactor = 75)"


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0013_tasks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Worth",
            fields=[
                (
                    "contact",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="worth",
                        serialize=False,
                        to="contacts.contact",
                    ),
                ),
                ("orders", models.IntegerField(default=0)),
                ("order_days", models.IntegerField(default=0)),
                ("revenue", models.BigIntegerField(default=0)),
                ("refunds", models.BigIntegerField(default=0)),
                ("repeat_revenue", models.BigIntegerField(default=0)),
                ("average_order", models.BigIntegerField(null=True)),
                ("first_order_at", models.DateTimeField(null=True)),
                ("last_order_at", models.DateTimeField(null=True)),
                ("gap_days", models.FloatField(null=True)),
                ("cost_to_serve", models.BigIntegerField(null=True)),
                ("net_value", models.BigIntegerField(default=0)),
                ("decile", models.SmallIntegerField(null=True)),
                ("rfm_count", models.IntegerField(default=0)),
                ("rfm_amount", models.DecimalField(decimal_places=4, default=0, max_digits=30)),
                ("rfm_last_at", models.DateTimeField(null=True)),
                ("r", models.SmallIntegerField(null=True)),
                ("f", models.SmallIntegerField(null=True)),
                ("m", models.SmallIntegerField(null=True)),
                ("rfm_group", models.TextField(null=True)),
                ("rfm_previous_group", models.TextField(null=True)),
                ("rfm_group_since", models.DateTimeField(null=True)),
                (
                    "activity",
                    models.CharField(
                        choices=[("active", "Active"), ("at_risk", "At risk"), ("lost", "Lost")],
                        max_length=10,
                        null=True,
                    ),
                ),
                ("activity_since", models.DateTimeField(null=True)),
                ("at_risk_at", models.DateTimeField(null=True)),
                ("lost_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("alive", models.FloatField(null=True)),
                ("alive_low", models.FloatField(null=True)),
                ("alive_high", models.FloatField(null=True)),
                ("expected_orders", models.FloatField(null=True)),
                ("expected_orders_low", models.FloatField(null=True)),
                ("expected_orders_high", models.FloatField(null=True)),
                ("expected_spend", models.BigIntegerField(null=True)),
                ("expected_spend_low", models.BigIntegerField(null=True)),
                ("expected_spend_high", models.BigIntegerField(null=True)),
                ("lifetime_value", models.BigIntegerField(null=True)),
                ("lifetime_value_low", models.BigIntegerField(null=True)),
                ("lifetime_value_high", models.BigIntegerField(null=True)),
                ("lifetime_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="WorthSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_event", models.TextField(default="Order Completed")),
                ("refund_event", models.TextField(blank=True, default="Order Refunded")),
                ("rfm_event", models.TextField(blank=True, default="")),
                ("rfm_of", models.TextField(blank=True, default="")),
                (
                    "edges",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=dict,
                        encoder=contacts.models.exact.ExactEncoder,
                    ),
                ),
                ("groups", models.JSONField(default=list)),
                (
                    "former_groups",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "cost",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=dict,
                        encoder=contacts.models.exact.ExactEncoder,
                    ),
                ),
                ("shrink", models.FloatField(default=3)),
                ("at_risk_gaps", models.FloatField(default=2)),
                ("lost_gaps", models.FloatField(default=4)),
                ("version", models.IntegerField(default=1)),
                (
                    "found",
                    models.JSONField(
                        decoder=contacts.models.exact.ExactDecoder,
                        default=dict,
                        encoder=contacts.models.exact.ExactEncoder,
                    ),
                ),
                ("found_at", models.DateTimeField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("counted_version", models.IntegerField(default=0)),
            ],
            options={
                "verbose_name": "settings of worth",
            },
        ),
        migrations.RunSQL(WITH_ROOM, migrations.RunSQL.noop),
    ]
