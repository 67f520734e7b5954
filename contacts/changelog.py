"""The change log and the histories, filled by the database itself whatever wrote: ORM, COPY, admin or raw SQL.

Statement-level triggers compare the rows before and after: one change row for each contact and statement, naming the
dependency keys that really moved; a statement that changes no value writes nothing. The comparisons are generated from
`contacts.fields`, so a new field needs no trigger of its own.
"""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from .fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType

# A plan is kept for the session. Made for one row as a nested loop, it would be quadratic for a statement of 100,000.
FUNCTION = """
    CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
    SET enable_nestloop = off SET jit = off AS $function$
    BEGIN
        {body}
        RETURN NULL;
    END $function$
"""
ACTOR = "coalesce(nullif(current_setting('crmseg.actor', true), ''), 'system:database')"
EVERYTHING = """
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT id, '{{*}}', statement_timestamp() FROM {rows};
"""
# Colleagues who stay behind are found by the company: afterwards nobody knows whose the contact was.
GONE = """
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT id, array_remove(ARRAY['*', 'left-company:' || company_id], NULL), statement_timestamp() FROM {rows};
"""

CONTACT_UPDATE = """
    WITH changed AS MATERIALIZED (
        SELECT coalesce(n.id, o.id) AS contact_id,
               CASE WHEN o.company_id IS DISTINCT FROM n.company_id THEN o.company_id END AS left_company,
               moved.key,
               CASE moved.key WHEN 'company' THEN to_jsonb(o.company_id) {old_values}
                    ELSE o.attributes -> moved.key END AS before,
               CASE moved.key WHEN 'company' THEN to_jsonb(n.company_id) {new_values}
                    ELSE n.attributes -> moved.key END AS after
          FROM old_rows o
          FULL JOIN new_rows n ON n.id = o.id
         CROSS JOIN LATERAL unnest(
               CASE WHEN o.id IS NULL OR n.id IS NULL THEN ARRAY['*']
                    ELSE array_remove(ARRAY[
                        CASE WHEN o.company_id IS DISTINCT FROM n.company_id THEN 'company' END,
                        CASE WHEN o.updated_at IS DISTINCT FROM n.updated_at THEN 'updated_at' END,
                        {comparisons}
                    ], NULL) || {custom}
               END) AS moved (key)
    ), logged AS (
        INSERT INTO contacts_contactchange (contact_id, keys, at)
        SELECT contact_id,
               array_agg(CASE key WHEN '*' THEN '*' WHEN 'company' THEN 'company:*' ELSE 'attribute:' || key END)
               || CASE WHEN bool_or(key = 'birth_date') THEN ARRAY['attribute:age'] ELSE ARRAY[]::text[] END
               || array_remove(ARRAY['left-company:' || max(left_company)], NULL),
               statement_timestamp()
          FROM changed
         GROUP BY contact_id
    )
    INSERT INTO contacts_attributehistory (contact_id, key, old, new, at, actor)
    SELECT contact_id, key, nullif(before, 'null'), nullif(after, 'null'), statement_timestamp(), {actor}
      FROM changed
     WHERE key NOT IN ('*', 'updated_at');
"""

# Company by company: the contacts of one are an index range, and a plan for all at once would read every contact.
COMPANY_UPDATE = """
    DECLARE company record;
    BEGIN
        FOR company IN
            SELECT o.id,
                   array_agg('attribute:company.' || moved.key) AS keys
              FROM old_rows o
              JOIN new_rows n ON n.id = o.id
             CROSS JOIN LATERAL unnest(array_remove(ARRAY[
                       CASE WHEN o.updated_at IS DISTINCT FROM n.updated_at THEN 'updated_at' END,
                       {comparisons}
                   ], NULL) || {custom}) AS moved (key)
             GROUP BY o.id
        LOOP
            INSERT INTO contacts_contactchange (contact_id, keys, at)
            SELECT id, company.keys, statement_timestamp() FROM contacts_contact WHERE company_id = company.id;
        END LOOP;
    END;
    INSERT INTO contacts_companyhistory (company_id, key, old, new, at, actor)
    SELECT o.id, moved.key,
           nullif(CASE moved.key {old_values} ELSE o.attributes -> moved.key END, 'null'),
           nullif(CASE moved.key {new_values} ELSE n.attributes -> moved.key END, 'null'),
           statement_timestamp(), {actor}
      FROM old_rows o
      JOIN new_rows n ON n.id = o.id
     CROSS JOIN LATERAL unnest(array_remove(ARRAY[{comparisons}], NULL) || {custom}) AS moved (key);
"""

CUSTOM = """
    CASE WHEN o.attributes IS DISTINCT FROM n.attributes THEN ARRAY(
        SELECT key FROM jsonb_object_keys(o.attributes || n.attributes) AS key
         WHERE o.attributes -> key IS DISTINCT FROM n.attributes -> key)
    ELSE ARRAY[]::text[] END
"""

EVENTS = """
    INSERT INTO contacts_contactchange (contact_id, keys, at)
    SELECT did.contact_id, array_agg('event:' || type.name), statement_timestamp()
      FROM (SELECT DISTINCT contact_id, type_id FROM {rows}) AS did
      JOIN contacts_eventtype type ON type.id = did.type_id
     GROUP BY did.contact_id;
"""
EVENT_UPDATED = """(
    SELECT o.contact_id AS old_contact, o.type_id AS old_type, n.contact_id AS new_contact, n.type_id AS new_type
      FROM old_rows o FULL JOIN new_rows n ON n.id = o.id
     WHERE (o.contact_id, o.type_id, o.occurred_at, o.amount, o.currency, o.properties)
           IS DISTINCT FROM (n.contact_id, n.type_id, n.occurred_at, n.amount, n.currency, n.properties)
    ) AS pair CROSS JOIN LATERAL (VALUES (old_contact, old_type), (new_contact, new_type)) AS side (contact_id, type_id)
"""

CONSENTS = """
    WITH changed AS MATERIALIZED ({changed}), logged AS (
        INSERT INTO contacts_contactchange (contact_id, keys, at)
        SELECT contact_id, array_agg(DISTINCT 'consent:' || channel), statement_timestamp()
          FROM changed
         WHERE before IS DISTINCT FROM after
         GROUP BY contact_id
    )
    INSERT INTO contacts_consenthistory (contact_id, channel, topic, old, new, method, text_shown, at, actor)
    SELECT contact_id, channel, topic, before, after, method, text_shown, statement_timestamp(), {actor} FROM changed;
"""
CONSENT_COLUMNS = "contact_id, channel, topic, {before} AS before, {after} AS after, method, text_shown"
CONSENT_UPDATED = """
    SELECT coalesce(n.contact_id, o.contact_id) AS contact_id, coalesce(n.channel, o.channel) AS channel,
           coalesce(n.topic, o.topic) AS topic, o.status AS before, n.status AS after, n.method, n.text_shown
      FROM old_rows o
      FULL JOIN new_rows n ON (n.contact_id, n.channel, n.topic) = (o.contact_id, o.channel, o.topic)
     WHERE (o.status, o.method, o.text_shown) IS DISTINCT FROM (n.status, n.method, n.text_shown)
"""

OLD, NEW = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"
REFERENCING = {"INSERT": NEW, "UPDATE": f"{OLD} {NEW}", "DELETE": OLD}


def install(*, using: str = DEFAULT_DB_ALIAS, **kwargs: object) -> None:
    """Create or replace the triggers. Safe to repeat; runs after every migrate."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('contacts_event_default')")
        if cursor.fetchone()[0] is None:
            return
        for name, body in _functions().items():
            cursor.execute(FUNCTION.format(name=name, body=body))
        for table, entity in (
            ("contacts_contact", "contact"),
            ("contacts_consent", "consent"),
            ("contacts_event", "event"),
        ):
            for verb in REFERENCING:
                _watch(cursor, table, entity, verb)
        _watch(cursor, "contacts_company", "company", "UPDATE")
        for table in ("contacts_contact", "contacts_consent"):
            _watch_truncate(cursor, table, table.removeprefix("contacts_"))
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass")
        for (partition,) in cursor.fetchall():
            watch_partition(cursor, partition)


def watch_partition(cursor: Any, partition: str) -> None:
    """A statement aimed at a partition does not fire the triggers of the whole table, nor the other way round.

    Only TRUNCATE of the whole fires those of every partition, so it is watched here alone.
    """
    for verb in REFERENCING:
        _watch(cursor, partition, "event", verb)
    _watch_truncate(cursor, partition, "event")


def _watch(cursor: Any, table: str, entity: str, verb: str) -> None:
    cursor.execute(
        f"CREATE OR REPLACE TRIGGER contacts_log_{verb.lower()} AFTER {verb} ON {table}"
        f" REFERENCING {REFERENCING[verb]} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION contacts_log_{entity}_{verb.lower()}()"
    )


def _watch_truncate(cursor: Any, table: str, entity: str) -> None:
    """Before, because afterwards nobody knows whose rows they were."""
    cursor.execute(
        f"CREATE OR REPLACE TRIGGER contacts_log_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION contacts_log_{entity}_truncate()"
    )


def _functions() -> dict[str, str]:
    contact, company = _compared(CONTACT_FIELDS), _compared(COMPANY_FIELDS)
    consent = {
        "insert": f"SELECT {CONSENT_COLUMNS.format(before='NULL', after='status')} FROM new_rows",
        "update": CONSENT_UPDATED,
        "delete": f"SELECT {CONSENT_COLUMNS.format(before='status', after='NULL')} FROM old_rows",
        "truncate": f"SELECT {CONSENT_COLUMNS.format(before='status', after='NULL')} FROM contacts_consent",
    }
    return {
        "contacts_log_contact_insert": EVERYTHING.format(rows="new_rows"),
        "contacts_log_contact_delete": GONE.format(rows="old_rows"),
        "contacts_log_contact_truncate": GONE.format(rows="contacts_contact"),
        "contacts_log_contact_update": CONTACT_UPDATE.format(
            comparisons=_comparisons(contact),
            custom=CUSTOM,
            old_values=_values("o", contact),
            new_values=_values("n", contact),
            actor=ACTOR,
        ),
        "contacts_log_company_update": COMPANY_UPDATE.format(
            comparisons=_comparisons(company),
            custom=CUSTOM,
            old_values=_values("o", company),
            new_values=_values("n", company),
            actor=ACTOR,
        ),
        "contacts_log_event_insert": EVENTS.format(rows="new_rows"),
        "contacts_log_event_update": EVENTS.format(rows=EVENT_UPDATED),
        "contacts_log_event_delete": EVENTS.format(rows="old_rows"),
        "contacts_log_event_truncate": f"EXECUTE format($sql${EVENTS.format(rows='%I')}$sql$, TG_TABLE_NAME);",
        **{
            f"contacts_log_consent_{verb}": CONSENTS.format(changed=changed, actor=ACTOR)
            for verb, changed in consent.items()
        },
    }


def _compared(fields: dict[str, Field]) -> list[Field]:
    """`age` follows from the birth date, and `updated_at` has no history of its own."""
    return [field for key, field in fields.items() if key not in {"age", "updated_at"}]


def _comparisons(fields: list[Field]) -> str:
    def differs(field: Field) -> str:
        return " OR ".join(f'o."{column}" IS DISTINCT FROM n."{column}"' for column in field.columns)

    return ", ".join(f"CASE WHEN {differs(field)} THEN '{field.key}' END" for field in fields)


def _values(row: str, fields: list[Field]) -> str:
    return " ".join(f"WHEN '{field.key}' THEN {_as_json(row, field)}" for field in fields)


def _as_json(row: str, field: Field) -> str:
    match field.type:
        case FieldType.LOCATION:
            return (
                f"CASE WHEN {row}.latitude IS NOT NULL THEN"
                f" jsonb_build_object('lat', {row}.latitude, 'lon', {row}.longitude) END"
            )
        case FieldType.MONEY:
            return f'to_jsonb(trim_scale({row}."{field.columns[0]}"))'
        case _:
            return f'to_jsonb({row}."{field.columns[0]}")'
