"""What worlds are made of: zones, instants at which clocks and calendars are at their worst, words, names and keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

ZONES = ("UTC", "Europe/Rome", "America/New_York", "America/Havana", "Australia/Lord_Howe")
OTHER_ZONES = ("account", "contact", "contact", "contact", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
OWN_ZONES = ("Asia/Tokyo", "America/Havana", "America/Los_Angeles", "Europe/Rome", "Pacific/Kiritimati")
WALLS = (
    "2026-03-29T03:10:00",  # Rome has just lost an hour
    "2026-10-25T02:30:00",  # Rome sees this hour twice
    "2026-03-08T03:00:00",  # New York and Havana have just lost one
    "2026-11-01T01:30:00",  # New York sees this hour twice, Havana the one before
    "2026-11-01T00:20:00",
    "2026-04-05T01:45:00",  # Lord Howe turns back half an hour
    "2028-02-29T12:00:00",
    "2027-02-28T23:59:59",
    "2027-03-31T00:00:00",
    "2027-03-01T00:00:00",
    "2026-12-31T18:00:00",
    "2026-05-30T09:15:00",
)
SPANS = (
    (90, "minute"),
    (24, "hour"),
    (1, "day"),
    (7, "day"),
    (30, "day"),
    (2, "week"),
    (1, "month"),
    (13, "month"),
    (1, "year"),
)
DAY_SPANS = tuple(span for span in SPANS if span[1] not in {"minute", "hour"})
UNITS = ("day", "week", "month", "quarter", "year")
WORDS = (
    "İstanbul", "istanbul", "ISTANBUL", "ΟΔΟΣ", "οδος", "οδοσ", "Straße", "STRASSE", "STRAẞE", "Zoë", "ZOË", "Zoe",
    "Zoe\u0308", "100%", "a'b\\c", "%(p0)s", " ", "x", "x1\ny2",
)  # fmt: skip
TAGS = ("golf", "Golf", "Straße", "İ", "wine", "a,b", "{x}", '"')
EVENTS = ("Order Completed", "Page Viewed", "Rare")
UNSEEN = "Never Seen"
CARTS = ("one", "ONE", 1, "1")
STAGES = ("subscriber", "lead", "marketing-qualified", "sales-qualified", "opportunity", "customer", "evangelist")
SIZES = ("S", "M", "L", "XL")
PLACES = ((42.36, -71.06), (42.37, -71.11), (45.07, 7.69), (-33.87, 151.21), (0.0, 180.0), (0.0, -179.99))
CHANNELS = ("email", "sms", "phone")
TOPICS = ("", "newsletter")
TICK = timedelta(microseconds=1)
CUSTOM = {
    "c_text": "text", "c_number": "number", "c_money": "money", "c_boolean": "boolean", "c_boolean2": "boolean",
    "c_date": "date", "c_datetime": "datetime", "c_enum": "enum", "c_ordered": "ordered_enum",
    "c_ordered2": "ordered_enum", "c_tags": "multi_enum", "c_location": "location",
}  # fmt: skip
COMPANY_CUSTOM = {"c_since": "date", "c_tier": "enum"}
OPTIONS = {"c_enum": SIZES, "c_ordered": SIZES, "c_ordered2": SIZES, "c_tags": (), "c_tier": SIZES}
STANDARD = {
    "first_name": "text", "city": "text", "job_title": "text", "time_zone": "text", "interests": "multi_enum",
    "apps": "multi_enum", "birth_date": "date", "age": "number", "budget": "money", "lifecycle_stage": "ordered_enum",
    "location": "location", "created_at": "datetime", "company.name": "text", "company.employees": "number",
    "company.revenue": "money",
}  # fmt: skip
TYPES = STANDARD | CUSTOM | {f"company.{key}": kind for key, kind in COMPANY_CUSTOM.items()}
PEOPLE = 40
COMPANIES = 6


def instant(random: Random, zone: str) -> datetime:
    """A moment at which calendars and clocks are at their worst, or close to one."""
    wall = datetime.fromisoformat(random.choice(WALLS)).replace(tzinfo=ZoneInfo(zone), fold=random.choice((0, 1)))
    near = random.choice((timedelta(0), timedelta(0), TICK, -TICK, timedelta(minutes=random.randrange(-90, 90))))
    return wall.astimezone(UTC) + near


def said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
