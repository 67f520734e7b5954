"""Campaigns that start by themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_suppressions_ring")]
    operations = [
        migrations.AddField(
            model_name="campaign",
            name="scheduled_at",
            field=models.DateTimeField(null=True, verbose_name="scheduled for"),
        ),
        migrations.AddIndex(
            model_name="campaign",
            index=models.Index(
                condition=models.Q(("state", "draft")), fields=["scheduled_at"], name="campaigns_campaign_scheduled"
            ),
        ),
    ]
