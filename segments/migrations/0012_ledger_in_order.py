"""The ledger of a list in its whole order: a build writes a million rows of one instant."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0011_latest_members")]

    operations = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["segment_id", "at", "id"], name="segments_le_segment_7c4920_idx"),
        ),
        migrations.RemoveIndex(model_name="ledgerentry", name="segments_le_segment_c51d12_idx"),
    ]
