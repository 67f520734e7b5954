from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0011_automations"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="run",
            name="begun",
        ),
        migrations.AddField(
            model_name="automation",
            name="moves_cursor",
            field=models.BigIntegerField(default=0),
        ),
    ]
