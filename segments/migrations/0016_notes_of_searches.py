"""Notes beside searches for lists and learned scores."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0015_learned_scores")]

    operations = [
        migrations.AddField(
            model_name=name,
            name="notes",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="notes"),
        )
        for name in ("discovery", "fitting")
    ]
