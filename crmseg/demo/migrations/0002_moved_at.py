from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("demo", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="sampleload",
            name="moved_at",
            field=models.DateTimeField(db_default=Now(), verbose_name="last piece written"),
        ),
    ]
