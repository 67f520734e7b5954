"""People and events for a benchmark: any number of them, made inside the database, the same for the same seed.

Every instant lies half a day from any boundary of a window of whole days, so that nothing enters or leaves a list by
time alone while the benchmark runs, and its methods can be compared to the last row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from contacts import partitions
from contacts.models import AttributeDefinition, EventType

COUNTRIES = [
    "US",
    "US",
    "US",
    "US",
    "GB",
    "GB",
    "IT",
    "IT",
    "FR",
    "FR",
    "DE",
    "DE",
    "ES",
    "CA",
    "AU",
    "NL",
    "BE",
    "CH",
    "AT",
    "SE",
    "NO",
    "DK",
    "PL",
    "PT",
    "IE",
    "BR",
    "MX",
    "JP",
    "IN",
    "ZA",
]
LANGUAGES = ["en", "en", "en", "it", "fr", "de", "es", "pt", "nl", "sv", "pl", "ja"]
CITIES = [f"City {number}" for number in range(1, 201)]
REGIONS = [f"Region {number}" for number in range(1, 41)]
GENDERS = ["female", "male", "non-binary"]
MARITAL = ["single", "partnered", "married", "divorced", "widowed"]
EDUCATION = ["primary", "secondary", "vocational", "bachelor", "master", "doctorate"]
INCOME = ["low", "middle", "high"]
LIFE_STAGES = ["student", "young professional", "young family", "established family", "empty nest", "retired"]
INTERESTS = [
    "jazz",
    "rock",
    "classical",
    "electronic",
    "folk",
    "film",
    "vinyl",
    "concerts",
    "workshops",
    "recording",
    "gifts",
    "podcasts",
]
VALUES = ["sustainability", "quality", "community", "independence", "tradition", "family"]
ATTITUDES = ["early adopter", "pragmatic", "price-conscious", "brand-loyal", "sceptical"]
LIFESTYLES = ["urban", "outdoor", "home-loving", "frequent traveller", "night owl"]
DEVICES = ["desktop", "mobile", "mobile", "tablet"]
SYSTEMS = ["Windows", "macOS", "Linux", "Android", "iOS"]
APPS = ["shop", "streaming", "video", "messenger", "photos", "tickets", "podcasts", "maps"]
SOFTWARE = ["spreadsheet", "webshop", "accounting", "pos", "crm", "newsletter", "audio", "notation"]
NEEDS = ["gift ideas", "rare records", "faster delivery", "advice", "music for a venue", "teaching material"]
JOBS = ["Assistant", "Coordinator", "Specialist", "Buyer", "Manager", "Director", "Owner"]
SENIORITY = ["junior", "senior", "manager", "director", "owner"]
DEPARTMENTS = ["Marketing", "Purchasing", "Operations", "Sales", "IT"]
STAGES = ["subscriber", "lead", "lead", "marketing-qualified", "sales-qualified", "opportunity", "customer", "customer"]
LEAD_STATUS = ["new", "working", "nurturing", "unqualified"]
LEVELS = ["low", "medium", "high"]
SOURCES = ["web form", "newsletter", "referral", "trade fair", "social media", "workshop"]
CHANNELS = ["email", "sms", "phone"]
INDUSTRIES = ["Retail", "Hospitality", "Education", "Media", "Fitness", "Technology", "Healthcare"]
PLANS = ["free", "free", "trial", "pro", "team"]
TAGS = ["vip", "beta", "press", "partner", "student", "staff"]
CATEGORIES = ["Shoes", "Music", "Books", "Garden", "Toys"]
PATHS = ["/", "/new", "/catalogue", "/workshops", "/pricing", "/blog"]

EVENTS = {
    "Order Completed": 12,
    "Page Viewed": 30,
    "Link Clicked": 14,
    "Feature Used": 14,
    "Email Opened": 16,
    "Cart Updated": 8,
    "Workshop Attended": 2,
    "Support Asked": 4,
}

ORDER = """
    INSERT INTO contacts_event (contact_id, type_id, occurred_at, received_at, properties, amount, currency)
    SELECT id, (SELECT id FROM contacts_eventtype WHERE name = 'Order Completed'), %s, now(),
           '{"revenue": 49.90, "currency": "USD", "category": "Music"}', 4990, 'USD'
      FROM unnest(%s::bigint[]) AS id
"""

# A number from 0 to 1 for each row and purpose: as random as a hash, and always the same.
CHANCE = """
    CREATE OR REPLACE FUNCTION bench_chance(n bigint, purpose bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ((hashint8extended(n, purpose) >> 12) & 1125899906842623)::double precision / 1125899906842624.0 $$
"""


@dataclass
class Chance:
    """SQL for chances, each column of a table with a purpose of its own."""

    seed: int
    row: str = "n"
    purposes: int = 0

    def next(self) -> str:
        self.purposes += 1
        return f"bench_chance({self.row}, {self.seed * 1000 + self.purposes})"

    def one(self, options: list[str]) -> str:
        return f"({_array(options)})[1 + floor({len(options)} * {self.next()})::int]"

    def maybe(self, known: float, sql: str) -> str:
        return f"CASE WHEN {self.next()} < {known} THEN {sql} END"

    def some(self, options: list[str], share: float) -> str:
        """Each option with that probability; nothing drawn is unknown."""
        drawn = ", ".join(f"CASE WHEN {self.next()} < {share} THEN '{option}' END" for option in options)
        return f"nullif(array_remove(ARRAY[{drawn}], NULL), '{{}}')"

    def whole(self, low: int, high: int, skew: float = 1) -> str:
        return f"({low} + floor({high - low + 1} * {self.next()} ^ {skew}))::int"


@dataclass(frozen=True)
class Size:
    contacts: int
    events: int
    seed: int

    @property
    def companies(self) -> int:
        return max(1, self.contacts // 100)


def fill(size: Size, start: datetime) -> None:
    """Write everything. Triggers rest meanwhile: these rows are no changes, they were always there."""
    _define_attributes()
    partitions.ensure_months(partitions.month_of(start - timedelta(days=back)) for back in range(0, 400, 20))
    with connection.cursor() as cursor:
        cursor.execute(CHANCE)
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_companies(size))
        cursor.execute(_contacts(size), {"start": start})
        cursor.execute(_events(size, _event_types()), {"start": start})
        cursor.execute("SET session_replication_role = origin")
        for table in ("contacts_company", "contacts_contact", "contacts_event"):
            sequence = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            cursor.execute(sequence)
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def _define_attributes() -> None:
    kinds = {"plan": ("enum", sorted(set(PLANS))), "score": ("number", []), "trial": ("boolean", [])}
    kinds |= {"tags": ("multi_enum", TAGS), "spent": ("money", [])}
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(key=key, label=key.title(), type=type, options=options)
        for key, (type, options) in kinds.items()
    )


def _event_types() -> dict[str, int]:
    EventType.objects.bulk_create(EventType(name=name) for name in EVENTS)
    return dict(EventType.objects.values_list("name", "id"))


def _companies(size: Size) -> str:
    chance = Chance(size.seed * 10 + 1)
    return f"""
        INSERT INTO contacts_company
               (id, name, domain, industry, employees, revenue, country, attributes, created_at, updated_at)
        SELECT n, 'Company ' || n, 'company-' || n || '.example', {chance.one(INDUSTRIES)},
               {chance.maybe(0.9, chance.whole(1, 5000, 3))}, {chance.maybe(0.7, chance.whole(10, 90_000) + " * 1000")},
               {chance.one(COUNTRIES)}, '{{}}', now(), now()
          FROM generate_series(1, {size.companies}) AS n
    """


def _contacts(size: Size) -> str:
    chance = Chance(size.seed * 10 + 2)
    one, maybe, some, whole = chance.one, chance.maybe, chance.some, chance.whole
    # Nobody's birthday is within three days of today: an age that flips at midnight is another benchmark's matter.
    columns = {
        "id": "n",
        "external_id": "'bench-' || n",
        "email": maybe(0.95, "'person' || n || '@' || " + one(["example.org", "example.net", "mail.example.org"])),
        "first_name": "'First ' || mod(n, 997)",
        "last_name": "'Last ' || mod(n, 4999)",
        "birth_date": maybe(
            0.7,
            f"(%(start)s - make_interval(years => {whole(18, 80)}, days => {whole(4, 360)}))::date",
        ),
        "gender": maybe(0.85, one(GENDERS)),
        "marital_status": maybe(0.6, one(MARITAL)),
        "education": maybe(0.5, one(EDUCATION)),
        "income_band": maybe(0.4, one(INCOME)),
        "life_stage": maybe(0.5, one(LIFE_STAGES)),
        "country": maybe(0.95, one(COUNTRIES)),
        "region": maybe(0.8, one(REGIONS)),
        "city": maybe(0.85, one(CITIES)),
        "language": maybe(0.9, one(LANGUAGES)),
        "interests": some(INTERESTS, 0.14),
        "attitude": maybe(0.4, one(ATTITUDES)),
        "values": some(VALUES, 0.1),
        "lifestyle": maybe(0.4, one(LIFESTYLES)),
        "device_type": maybe(0.8, one(DEVICES)),
        "operating_system": maybe(0.8, one(SYSTEMS)),
        "apps": some(APPS, 0.18),
        "software": some(SOFTWARE, 0.08),
        "needs": some(NEEDS, 0.12),
        "company_id": maybe(0.4, whole(1, size.companies)),
        "job_title": maybe(0.4, one(JOBS)),
        "seniority": maybe(0.4, one(SENIORITY)),
        "department": maybe(0.4, one(DEPARTMENTS)),
        "lifecycle_stage": one(STAGES),
        "lead_status": maybe(0.6, one(LEAD_STATUS)),
        "interest_level": maybe(0.6, one(LEVELS)),
        "budget": maybe(0.3, whole(1, 400) + " * 50"),
        "source": maybe(0.9, one(SOURCES)),
        "preferred_channel": maybe(0.6, one(CHANNELS)),
        "attributes": f"""jsonb_strip_nulls(jsonb_build_object(
            'plan', {maybe(0.8, one(PLANS))},
            'score', {maybe(0.7, whole(0, 100))},
            'spent', {maybe(0.5, "round(" + whole(0, 90_000, 2) + " / 100.0, 2)")},
            'trial', {maybe(0.6, chance.next() + " < 0.3")},
            'tags', {some(TAGS, 0.06)}))""",
        "created_at": f"%(start)s - make_interval(days => {whole(0, 1000)}, hours => 12)",
        "updated_at": "%(start)s",
    }
    names = ", ".join(f'"{name}"' for name in columns)
    return f"""
        INSERT INTO contacts_contact ({names})
        SELECT {", ".join(columns.values())} FROM generate_series(1, {size.contacts}) AS n
    """


def _events(size: Size, types: dict[str, int]) -> str:
    """Some people do far more than others; the more recent, the more there is."""
    chance = Chance(size.seed * 10 + 3)
    urn = [str(types[name]) for name, weight in EVENTS.items() for _ in range(weight)]
    order = types["Order Completed"]
    return f"""
        INSERT INTO contacts_event
               (contact_id, type_id, occurred_at, received_at, properties, amount, currency, source)
        SELECT contact_id, type_id, occurred_at, occurred_at,
               CASE WHEN type_id = {order}
                    THEN jsonb_build_object(
                         'revenue', round(amount / 100.0, 2), 'currency', 'USD', 'category', category)
                    WHEN type_id = {types["Page Viewed"]} THEN jsonb_build_object('path', path)
                    ELSE '{{}}' END,
               CASE WHEN type_id = {order} THEN amount END,
               CASE WHEN type_id = {order} THEN 'USD' END,
               'bench'
          FROM (
            SELECT 1 + floor({size.contacts} * {chance.next()} ^ 1.4)::bigint AS contact_id,
                   {chance.one(urn)}::bigint AS type_id,
                   %(start)s - make_interval(days => {chance.whole(0, 364, 1.3)}, hours => 12)
                            + make_interval(secs => {chance.whole(-18_000, 18_000)}) AS occurred_at,
                   {chance.whole(199, 30_000, 2)} AS amount,
                   {chance.one(CATEGORIES)} AS category,
                   {chance.one(PATHS)} AS path
              FROM generate_series(1, {size.events}) AS n) AS drawn
    """


def change(ids: list[int], turn: int, start: datetime) -> None:
    """One thing happens to each of these contacts: by turns they move, are scored anew, like other things, or order.

    Every list is then asked to look at them, as after an import, and not only those that read what moved.
    """
    chance = Chance(900 + turn, row="id")
    moves = (
        f"country = {chance.one(COUNTRIES)}",
        f"attributes = attributes || jsonb_build_object('score', {chance.whole(0, 100)})",
        f"interests = {chance.some(INTERESTS, 0.14)}",
    )
    with connection.cursor() as cursor:
        if turn % 4 < len(moves):
            cursor.execute(f"UPDATE contacts_contact SET {moves[turn % 4]} WHERE id = ANY(%s)", [ids])
        else:
            cursor.execute(ORDER, [start - timedelta(hours=12, minutes=turn % 60), ids])
        cursor.execute("DELETE FROM contacts_contactchange")
        cursor.execute(
            "INSERT INTO contacts_contactchange (contact_id, keys, at)"
            " SELECT id, '{*}', now() FROM unnest(%s::bigint[]) AS id",
            [ids],
        )


def _array(options: list[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{option}'" for option in options) + "]"
