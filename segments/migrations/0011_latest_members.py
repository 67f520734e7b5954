"""The members of a list from the latest on, without sorting a million: rows come in this order anyway."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0010_figures")]

    operations = [
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["segment", "entered_at", "id"], name="segments_membership_latest"),
        ),
    ]
