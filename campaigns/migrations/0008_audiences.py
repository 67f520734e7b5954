"""Definitions beside lists in audiences, sends without foreign keys, and domains that are suppressed."""

import django.db.models.deletion
from django.db import migrations, models

import contacts.models.exact

FUNCTION = """
CREATE OR REPLACE FUNCTION campaigns_log_suppression() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    -- In parts, each of which can be joined by an index or a hash: files of addresses come by the hundred thousand.
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT touched.id, array_agg(DISTINCT 'consent:' || touched.channel), statement_timestamp()
      FROM (
        SELECT contact.id, moved.channel FROM moved
          JOIN contacts_contact AS contact ON lower(contact.email) = lower(moved.address)
         WHERE moved.channel = 'email'
         UNION ALL
        SELECT contact.id, moved.channel FROM moved
          JOIN contacts_contact AS contact ON lower(split_part(btrim(contact.email), '@', -1)) = lower(substr(moved.address, 2))
         WHERE moved.channel = 'email' AND moved.address LIKE '@%'
         UNION ALL
        SELECT contact.id, moved.channel FROM moved
          JOIN contacts_contact AS contact ON contact.phone = moved.address
         WHERE moved.channel <> 'email'
      ) AS touched
     GROUP BY touched.id;
    RETURN NULL;
END $function$
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_bought_together")]

    operations = [
        migrations.AlterField(
            model_name="campaign",
            name="include",
            field=models.JSONField(
                decoder=contacts.models.exact.ExactDecoder,
                default=list,
                encoder=contacts.models.exact.ExactEncoder,
                verbose_name="lists to include",
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="exclude",
            field=models.JSONField(
                decoder=contacts.models.exact.ExactDecoder,
                default=list,
                encoder=contacts.models.exact.ExactEncoder,
                verbose_name="lists to exclude",
            ),
        ),
        migrations.AlterField(
            model_name="send",
            name="campaign",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sends",
                to="campaigns.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="send",
            name="arm",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="campaigns.arm",
            ),
        ),
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
    ]
