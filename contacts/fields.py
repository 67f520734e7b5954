"""The standard fields of contacts and companies, one row each.

The API, the forms, the import, the change log and the definition language all read these rows. To add a field, add its
column to the model, a row here, and a migration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class FieldType(StrEnum):
    """The attribute types on the wire."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    ENUM = "enum"
    ORDERED_ENUM = "ordered_enum"
    MULTI_ENUM = "multi_enum"
    LOCATION = "location"


@dataclass(frozen=True)
class Field:
    """`column` is where the value lives; `reads` the columns a change to which changes the value.

    `options` are the only values allowed, for enums; `suggestions` are offered and not enforced.
    `derived` fields are computed and refuse writes. `normal` names the reader in `contacts.values` that
    checks and tidies a value beyond its type ("email", "phone", "country", ...). The values of `custom` fields live
    in the `attributes` column under their key. `longest` bounds texts; what an index holds must fit on its page.
    """

    key: str
    label: str | Promise
    group: str | Promise
    type: FieldType
    column: str = ""
    options: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    derived: bool = False
    normal: str = ""
    custom: bool = False
    longest: int = 10_000

    @property
    def columns(self) -> tuple[str, ...]:
        if self.custom:
            return ("attributes",)
        if self.type is FieldType.LOCATION:
            return ("latitude", "longitude")
        return (self.column or self.key,)


LIFECYCLE_STAGES = (
    "subscriber",
    "lead",
    "marketing-qualified",
    "sales-qualified",
    "opportunity",
    "customer",
    "evangelist",
)

_IDENTITY, _DEMOGRAPHIC, _PLACE = _("Identity"), _("Demographic"), _("Geographic")
_MIND, _TECH, _NEEDS = _("Psychographic"), _("Technographic"), _("Needs")
_WORK, _COMMERCIAL, _RECORD = _("Work"), _("Commercial"), _("Record")
_T = FieldType

CONTACT_FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        Field("external_id", _("External ID"), _IDENTITY, _T.TEXT, longest=255),
        Field("email", _("E-mail"), _IDENTITY, _T.TEXT, normal="email"),
        Field("phone", _("Phone"), _IDENTITY, _T.TEXT, normal="phone"),
        Field("first_name", _("First name"), _IDENTITY, _T.TEXT),
        Field("last_name", _("Last name"), _IDENTITY, _T.TEXT),
        Field("birth_date", _("Birth date"), _DEMOGRAPHIC, _T.DATE, normal="birth_date"),
        Field("age", _("Age"), _DEMOGRAPHIC, _T.NUMBER, column="birth_date", derived=True),
        Field(
            "gender",
            _("Gender"),
            _DEMOGRAPHIC,
            _T.TEXT,
            suggestions=("female", "male", "non-binary"),
        ),
        Field(
            "marital_status",
            _("Marital status"),
            _DEMOGRAPHIC,
            _T.TEXT,
            suggestions=("single", "partnered", "married", "divorced", "widowed"),
        ),
        Field(
            "education",
            _("Education"),
            _DEMOGRAPHIC,
            _T.TEXT,
            suggestions=("primary", "secondary", "vocational", "bachelor", "master", "doctorate"),
        ),
        Field("income_band", _("Income band"), _DEMOGRAPHIC, _T.TEXT, suggestions=("low", "middle", "high")),
        Field(
            "life_stage",
            _("Life stage"),
            _DEMOGRAPHIC,
            _T.TEXT,
            suggestions=(
                "student",
                "young professional",
                "young family",
                "established family",
                "empty nest",
                "retired",
            ),
        ),
        Field("country", _("Country"), _PLACE, _T.TEXT, normal="country"),
        Field("region", _("Region"), _PLACE, _T.TEXT),
        Field("city", _("City"), _PLACE, _T.TEXT),
        Field("postal_code", _("Postal code"), _PLACE, _T.TEXT),
        Field("location", _("Coordinates"), _PLACE, _T.LOCATION),
        Field("time_zone", _("Time zone"), _PLACE, _T.TEXT, normal="time_zone"),
        Field("language", _("Language"), _PLACE, _T.TEXT, normal="language"),
        Field("interests", _("Interests"), _MIND, _T.MULTI_ENUM),
        Field("personality", _("Personality"), _MIND, _T.TEXT),
        Field("attitude", _("Attitude"), _MIND, _T.TEXT),
        Field("values", _("Values"), _MIND, _T.MULTI_ENUM),
        Field("lifestyle", _("Lifestyle"), _MIND, _T.TEXT),
        Field("style", _("Style"), _MIND, _T.TEXT),
        Field("device_type", _("Device type"), _TECH, _T.TEXT, suggestions=("desktop", "mobile", "tablet")),
        Field("operating_system", _("Operating system"), _TECH, _T.TEXT),
        Field("apps", _("Apps used"), _TECH, _T.MULTI_ENUM),
        Field("software", _("Software used"), _TECH, _T.MULTI_ENUM),
        Field("needs", _("Needs"), _NEEDS, _T.MULTI_ENUM),
        Field("objectives", _("Objectives"), _NEEDS, _T.MULTI_ENUM),
        Field("job_title", _("Job title"), _WORK, _T.TEXT),
        Field("seniority", _("Seniority"), _WORK, _T.TEXT),
        Field("department", _("Department"), _WORK, _T.TEXT),
        Field("lifecycle_stage", _("Lifecycle stage"), _COMMERCIAL, _T.ORDERED_ENUM, options=LIFECYCLE_STAGES),
        Field("lead_status", _("Lead status"), _COMMERCIAL, _T.TEXT),
        Field("interest_level", _("Interest level"), _COMMERCIAL, _T.TEXT, suggestions=("low", "medium", "high")),
        Field("budget", _("Budget"), _COMMERCIAL, _T.MONEY),
        Field("source", _("Source"), _COMMERCIAL, _T.TEXT),
        Field("owner", _("Owner"), _COMMERCIAL, _T.TEXT),
        Field(
            "preferred_channel",
            _("Preferred channel"),
            _COMMERCIAL,
            _T.TEXT,
            suggestions=("email", "sms", "phone"),
        ),
        Field("created_at", _("Created"), _RECORD, _T.DATETIME, derived=True),
        Field("updated_at", _("Updated"), _RECORD, _T.DATETIME, derived=True),
    )
}

COMPANY_FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        Field("name", _("Name"), _IDENTITY, _T.TEXT, longest=500),
        Field("domain", _("Domain"), _IDENTITY, _T.TEXT, normal="domain"),
        Field("industry", _("Industry"), _WORK, _T.TEXT),
        Field("employees", _("Employees"), _WORK, _T.NUMBER, normal="count"),
        Field("revenue", _("Revenue"), _COMMERCIAL, _T.MONEY),
        Field("country", _("Country"), _PLACE, _T.TEXT, normal="country"),
        Field("region", _("Region"), _PLACE, _T.TEXT),
        Field("city", _("City"), _PLACE, _T.TEXT),
        Field("postal_code", _("Postal code"), _PLACE, _T.TEXT),
        Field("created_at", _("Created"), _RECORD, _T.DATETIME, derived=True),
        Field("updated_at", _("Updated"), _RECORD, _T.DATETIME, derived=True),
    )
}


def writable(fields: Mapping[str, Field]) -> Iterator[Field]:
    return (field for field in fields.values() if not field.derived)
