"""What the OpenAPI document says of this room's bodies, generated from `contacts.fields`."""

from __future__ import annotations

from typing import Any

from ..fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from ..models.consent import ConsentStatus

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
STATUS: Schema = {"type": "string", "enum": ConsentStatus.values}
ANYTHING: Schema = {"type": "object", "additionalProperties": {}}
PLACE: Schema = {
    "type": "object",
    "required": ["lat", "lon"],
    "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
}
_TYPES: dict[FieldType, Schema] = {
    FieldType.TEXT: TEXT,
    FieldType.NUMBER: {"type": "number"},
    FieldType.MONEY: {"type": "number", "description": "Major units, at most 4 decimals."},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: INSTANT,
    FieldType.ENUM: TEXT,
    FieldType.ORDERED_ENUM: TEXT,
    FieldType.MULTI_ENUM: {"type": "array", "items": TEXT},
    FieldType.LOCATION: PLACE,
}


def record(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def nullable(schema: Schema) -> Schema:
    return {**schema, "nullable": True}


def page(items: Schema) -> Schema:
    return record(results={"type": "array", "items": items}, next=nullable({"type": "string", "format": "uri"}))


def _field(field: Field) -> Schema:
    schema = {**_TYPES[field.type], "nullable": True, "title": str(field.label)}
    return {**schema, "enum": [*field.options, None]} if field.options else schema


def _written(fields: dict[str, Field]) -> dict[str, Schema]:
    return {key: _field(field) for key, field in fields.items() if not field.derived}


_CONSENT_IN: Schema = {
    "type": "object",
    "description": "By channel: a status, or an object.",
    "additionalProperties": {
        "oneOf": [
            STATUS,
            {
                "type": "object",
                "required": ["status"],
                "properties": {"status": STATUS, "method": TEXT, "text_shown": TEXT, "topic": TEXT},
            },
        ]
    },
}
_COMPANY_IN: Schema = {
    "nullable": True,
    "oneOf": [
        ID,
        {"type": "object", "properties": {"id": ID, "domain": TEXT, "name": TEXT}},
    ],
}
CONTACT_IN: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **_written(CONTACT_FIELDS),
        "company": _COMPANY_IN,
        "consent": _CONSENT_IN,
        "attributes": ANYTHING,
    },
}
_STAMPS = {"created_at": INSTANT, "updated_at": INSTANT}
CONTACT_OUT = record(
    id=ID,
    **{key: _field(field) for key, field in CONTACT_FIELDS.items() if key not in _STAMPS},
    company=nullable(ID),
    consent={"type": "object", "required": ["email"], "properties": {"email": STATUS}, "additionalProperties": STATUS},
    attributes=ANYTHING,
    computed={**ANYTHING, "description": "What the product works out: totals, RFM, activity, expectations, scores."},
    **_STAMPS,
)
COMPANY_IN: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {**_written(COMPANY_FIELDS), "attributes": ANYTHING},
}
MERGE_IN: Schema = {
    "type": "object",
    "required": ["with"],
    "properties": {
        "with": ID,
        "take": {"type": "array", "items": TEXT, "description": "Keys of fields whose value of the other one counts."},
    },
}
UNMERGE_IN: Schema = {"type": "object", "properties": {"with": ID}}
UNMERGE_OUT = record(
    contact=CONTACT_OUT,
    restored=CONTACT_OUT,
    kept={
        "type": "array",
        "items": record(field=TEXT, reason={"type": "string", "enum": ["changed", "taken", "missing"]}),
    },
)
COMPANY_OUT = record(
    id=ID,
    **{key: _field(field) for key, field in COMPANY_FIELDS.items() if key not in _STAMPS},
    attributes=ANYTHING,
    **_STAMPS,
)
ATTRIBUTE: Schema = {
    "type": "object",
    "required": ["key", "type"],
    "properties": {
        "key": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 63},
        "label": TEXT,
        "type": {"type": "string", "enum": list(FieldType)},
        "options": {"type": "array", "items": TEXT, "description": "For enums only."},
        "group": nullable(TEXT),
        "description": {**TEXT, "description": "Left out where there is none."},
        "entity": {"type": "string", "enum": ["contact", "company"], "default": "contact"},
    },
}
PROBLEMS: Schema = {"type": "array", "items": record(pointer=TEXT, message=TEXT)}
CONTACTS_BATCH_IN = record(contacts={"type": "array", "items": CONTACT_IN, "minItems": 1, "maxItems": 10_000})
CONTACTS_BATCH_OUT = record(created=COUNT, updated=COUNT, unchanged=COUNT, problems=PROBLEMS)
EVENT_IN: Schema = {
    "type": "object",
    "required": ["contact", "event"],
    "additionalProperties": False,
    "properties": {
        "contact": {"type": "object", "properties": {"id": ID, "external_id": TEXT, "email": TEXT}},
        "event": {"type": "string", "minLength": 1, "maxLength": 200},
        "occurred_at": {**INSTANT, "description": "Now, when left out."},
        "properties": {**ANYTHING, "description": "`revenue` and `currency` are the money value."},
        "message_id": {"type": "string", "maxLength": 255},
        "source": TEXT,
    },
}
EVENTS_BATCH_IN = record(events={"type": "array", "items": EVENT_IN, "minItems": 1, "maxItems": 10_000})
EVENTS_BATCH_OUT = record(created=COUNT, duplicates=COUNT, problems=PROBLEMS)
EVENT_OUT = record(
    id=ID,
    event=TEXT,
    occurred_at=INSTANT,
    received_at=INSTANT,
    properties=ANYTHING,
    amount=nullable({"type": "number"}),
    currency=nullable(TEXT),
    message_id=nullable(TEXT),
    source=nullable(TEXT),
)
EVENT_TYPE_IN: Schema = {"type": "object", "properties": {"name": TEXT, "description": TEXT}}
EVENT_TYPE_OUT = record(id=ID, name=TEXT, description=TEXT, created_at=INSTANT)
TIMELINE_ENTRY = record(kind=TEXT, at=INSTANT, title=TEXT, actor=TEXT, details=ANYTHING)
IMPORT_IN: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "mapping": {"type": "string", "description": "JSON: column → field. Guessed when left out."},
        "dry_run": {"type": "boolean", "default": False},
        "match_company": {"type": "boolean", "default": False},
        "static_list_id": ID,
        "encoding": TEXT,
        "delimiter": TEXT,
        "has_header": {"type": "boolean"},
    },
}
IMPORT_OUT = record(
    id=ID,
    name=TEXT,
    state=TEXT,
    dry_run={"type": "boolean"},
    progress={"type": "number", "minimum": 0, "maximum": 1},
    rows=COUNT,
    rows_done=COUNT,
    created=COUNT,
    updated=COUNT,
    unchanged=COUNT,
    refused=COUNT,
    error=nullable(TEXT),
    mapping={"type": "object", "additionalProperties": TEXT},
    encoding=TEXT,
    delimiter=TEXT,
    has_header={"type": "boolean"},
    match_company={"type": "boolean"},
    static_list_id=nullable(ID),
    created_at=INSTANT,
    started_at=nullable(INSTANT),
    finished_at=nullable(INSTANT),
    undo=nullable(record(total=COUNT, done=COUNT, deleted=COUNT, restored=COUNT, kept=COUNT)),
)
IMPORT_PROBLEM = record(row=COUNT, column=TEXT, value=TEXT, reason=TEXT, cells={"type": "array", "items": TEXT})
UNDO_PROBLEM = record(
    contact=ID,
    field=nullable(TEXT),
    reason={"type": "string", "enum": ["changed", "taken", "missing", "used", "merged"]},
    message=TEXT,
    before={"nullable": True},
    imported={"nullable": True},
    now={"nullable": True},
)
