"""What programs may say of a campaign, for the schema; `campaigns.draft` reads it."""

from __future__ import annotations

from rest_framework import serializers

from .. import draft
from ..models import Campaign


class CampaignInput(serializers.Serializer[Campaign]):
    """What a campaign is to be. Every field but the name may be left for later; a start wants the rest."""

    name = serializers.CharField(max_length=200)
    kind = serializers.CharField(required=False, help_text="`once`, `ongoing` or `automated`.")
    channel = serializers.ChoiceField(choices=draft.CHANNELS, required=False)
    subject = serializers.CharField(required=False, help_text="Liquid; `contact` is at the root.")
    body_mjml = serializers.CharField(required=False, help_text="MJML with Liquid; values are escaped.")
    body_html = serializers.CharField(required=False, help_text="Liquid; values are escaped.")
    body_text = serializers.CharField(required=False, help_text="Liquid; made from the HTML when left out.")
    sender = serializers.CharField(required=False, help_text="`Name <address>`")
    include = serializers.ListField(
        child=serializers.JSONField(), required=False, help_text="Ids of lists, and definitions."
    )
    exclude = serializers.ListField(
        child=serializers.JSONField(), required=False, help_text="Ids of lists, and definitions."
    )
    topic = serializers.CharField(required=False, help_text="Without it, consent to the channel suffices.")
    holdout = serializers.FloatField(
        required=False,
        min_value=0,
        max_value=0.5,
        help_text="The share left out to measure the effect; 0.05 if left out.",
    )
    translations = serializers.DictField(
        required=False, help_text='The words by language: `{"it": {"subject", "body_mjml", "body_html", "body_text"}}`.'
    )
    webhook_url = serializers.CharField(required=False, help_text="The service that a webhook campaign calls.")
    priority = serializers.IntegerField(required=False, min_value=-100, max_value=100)
    ignores_caps = serializers.BooleanField(required=False)
    in_local_time = serializers.BooleanField(required=False, help_text="When it is so late where each person is.")
    throttle_per_hour = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    throttle_domain_per_hour = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    track_opens = serializers.BooleanField(required=False)
    track_clicks = serializers.BooleanField(required=False)
    goal_event = serializers.CharField(required=False, help_text="Empty: nothing is measured.")
    goal_hours = serializers.IntegerField(required=False, min_value=1)
    goal_amount = serializers.CharField(required=False, help_text="The property that holds the amount.")
    test_share = serializers.FloatField(required=False, min_value=0.01, max_value=1)
    test_hours = serializers.IntegerField(required=False, min_value=1)
    test_metric = serializers.ChoiceField(choices=Campaign.Metric.choices, required=False)
    test_rule = serializers.ChoiceField(choices=Campaign.Rule.choices, required=False)
