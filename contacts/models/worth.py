"""What each contact is worth, worked out of what it did: totals, RFM, activity, and what is expected of it.

Kept by `contacts.worth`: true in the transaction that looks at a contact, and made anew for everyone from time to time.
Money is in minor units of the account's currency; an amount in another currency counts as an order of nothing.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .contact import Contact
from .exact import ExactDecoder, ExactEncoder


class Activity(models.TextChoices):
    """By the time since the last order, measured in the gaps between the contact's own orders."""

    ACTIVE = "active", _("Active")
    AT_RISK = "at_risk", _("At risk")
    LOST = "lost", _("Lost")


class Worth(models.Model):
    """One contact that ordered, or cost something. Days are days of the account's zone."""

    contact = models.OneToOneField(
        Contact, on_delete=models.CASCADE, primary_key=True, related_name="worth", db_constraint=False
    )

    orders = models.IntegerField(default=0)
    order_days = models.IntegerField(default=0)
    """Days with an order. All but the first are repeat purchases."""
    revenue = models.BigIntegerField(default=0)
    """Amounts of orders less what was refunded."""
    refunds = models.BigIntegerField(default=0)
    repeat_revenue = models.BigIntegerField(default=0)
    """Amounts of the orders after the first day with one; refunds are not taken off."""
    average_order = models.BigIntegerField(null=True)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    gap_days = models.FloatField(null=True)
    """The median of the days between one day with an order and the next. Unknown below two such days."""
    cost_to_serve = models.BigIntegerField(null=True)
    net_value = models.BigIntegerField(default=0)
    decile = models.SmallIntegerField(null=True)
    """By net value, of those who ordered: 10 is the tenth worth most."""

    rfm_count = models.IntegerField(default=0)
    rfm_amount = models.DecimalField(max_digits=30, decimal_places=4, default=0)
    """In minor units where it is money."""
    rfm_last_at = models.DateTimeField(null=True)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    rfm_group = models.TextField(null=True)
    rfm_previous_group = models.TextField(null=True)
    rfm_group_since = models.DateTimeField(null=True)

    activity = models.CharField(max_length=10, choices=Activity, null=True)
    activity_since = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)
    """When the contact lapses, unless another order comes before."""
    next_at = models.DateTimeField(null=True)
    """The next instant at which time alone changes this row."""
    seen_at = models.DateTimeField(db_default=Now())
    """When its events were last read."""

    alive = models.FloatField(null=True)
    alive_low = models.FloatField(null=True)
    alive_high = models.FloatField(null=True)
    expected_orders = models.FloatField(null=True)
    expected_orders_low = models.FloatField(null=True)
    expected_orders_high = models.FloatField(null=True)
    expected_spend = models.BigIntegerField(null=True)
    expected_spend_low = models.BigIntegerField(null=True)
    expected_spend_high = models.BigIntegerField(null=True)
    lifetime_value = models.BigIntegerField(null=True)
    lifetime_value_low = models.BigIntegerField(null=True)
    lifetime_value_high = models.BigIntegerField(null=True)
    lifetime_at = models.DateTimeField(null=True)
    """When the expectations were worked out; all of them are unknown while this is."""

    def __str__(self) -> str:
        return f"{self.contact_id} {self.revenue}"

    @property
    def rfm(self) -> str | None:
        """The three digits as people write them, such as 545."""
        return None if self.r is None else f"{self.r}{self.f}{self.m}"


class WorthSettings(models.Model):
    """The one row that says what counts as an order, and how digits, groups, costs and lapse are worked out.

    What is empty has a standard value; see `contacts.worth.settings`. The second half is what was last found of
    everyone, which each contact is compared with until the next time.
    """

    order_event = models.TextField(default="Order Completed")
    refund_event = models.TextField(default="Order Refunded", blank=True)
    rfm_event = models.TextField(blank=True, default="")
    """Empty for the event of an order."""
    rfm_of = models.TextField(blank=True, default="")
    """The property that is added up; empty for the amount of money."""
    edges = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    """By digit, four fixed edges; a digit that is not named is by fifths of everyone."""
    groups = models.JSONField(default=list)
    former_groups = ArrayField(models.TextField(), default=list)
    """Keys that definitions may still name."""
    cost = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    shrink = models.FloatField(default=3)
    at_risk_gaps = models.FloatField(default=2)
    lost_gaps = models.FloatField(default=4)
    version = models.IntegerField(default=1)

    found = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    """Cuts of each digit and of deciles, the usual gap, how many they were taken from."""
    found_at = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    """When the events of everyone were last read."""
    counted_version = models.IntegerField(default=0)
    """The version of these settings that they were read under."""

    class Meta:
        verbose_name = _("settings of worth")

    def __str__(self) -> str:
        return f"{self.order_event} {self.version}"
