"""A suppressed address changes whether its owner is reachable: the change log says so, whatever wrote it."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION campaigns_log_suppression() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT contact.id, array_agg(DISTINCT 'consent:' || moved.channel), statement_timestamp()
      FROM moved
      JOIN contacts_contact AS contact
        ON (moved.channel = 'email' AND lower(contact.email) = lower(moved.address))
        OR (moved.channel <> 'email' AND contact.phone = moved.address)
     GROUP BY contact.id;
    RETURN NULL;
END $function$
"""
INSERTED = """
CREATE TRIGGER campaigns_log_suppressed AFTER INSERT ON campaigns_suppression
REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION campaigns_log_suppression()
"""
DELETED = """
CREATE TRIGGER campaigns_log_unsuppressed AFTER DELETE ON campaigns_suppression
REFERENCING OLD TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION campaigns_log_suppression()
"""
UPDATED = """
CREATE TRIGGER campaigns_log_resuppressed_{row} AFTER UPDATE ON campaigns_suppression
REFERENCING {row} TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION campaigns_log_suppression()
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_delivery"), ("contacts", "0004_search_indexes")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION campaigns_log_suppression()"),
        migrations.RunSQL(INSERTED, "DROP TRIGGER campaigns_log_suppressed ON campaigns_suppression"),
        migrations.RunSQL(DELETED, "DROP TRIGGER campaigns_log_unsuppressed ON campaigns_suppression"),
        migrations.RunSQL(
            UPDATED.format(row="NEW"), "DROP TRIGGER campaigns_log_resuppressed_NEW ON campaigns_suppression"
        ),
        migrations.RunSQL(
            UPDATED.format(row="OLD"), "DROP TRIGGER campaigns_log_resuppressed_OLD ON campaigns_suppression"
        ),
    ]
