"""Generated people: who the buyers of the purchase file might be, and leads who never bought.

Each person depends on nothing but her own number, so a load can stop and continue anywhere.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import words
from .companies import COMPANIES, domain
from .draw import Draw
from .places import CUSTOMERS_LIVE, FICTION_NUMBERS, LANGUAGES, LEADS_LIVE, Place
from .world import World

LEADS = 8_000
CONSENT_TEXTS = {
    "en": "Yes, send me news and offers. I can stop this at any time.",
    "it": "Sì, desidero ricevere novità e offerte. Posso revocare il consenso in ogni momento.",
    "fr": "Oui, je souhaite recevoir des nouveautés et des offres. Je peux me désinscrire à tout moment.",
    "es": "Sí, quiero recibir novedades y ofertas. Puedo darme de baja en cualquier momento.",
    "de": "Ja, ich möchte Neuigkeiten und Angebote erhalten. Ich kann das jederzeit beenden.",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A consent as the person gave or withdrew it."""

    channel: str
    topic: str
    status: str
    method: str
    text_shown: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """`columns` are those of the contact; what is missing is unknown. `company` is a domain."""

    external_id: str
    columns: dict[str, object]
    company: str | None
    agreements: list[Agreement]


def customer(world: World, number: str, first_order: datetime) -> Person:
    """A buyer of the purchase file. All we really know of her is what she bought; the rest is drawn."""
    draw = Draw("customer", number)
    columns = _human(draw, world, draw.weighted(CUSTOMERS_LIVE), f"c{number}", known=0.8)
    columns |= {
        "created_at": first_order,
        "lifecycle_stage": "customer",
        "needs": draw.maybe(0.3, draw.some(words.CONSUMER_NEEDS, 2)),
        "objectives": draw.maybe(0.25, draw.some(words.CONSUMER_OBJECTIVES, 2)),
        "source": "web shop",
    }
    agreements = _agreements(draw, columns, first_order, world, asked=0.85)
    return Person(f"cdnow-{number}", columns, None, agreements)


def lead(world: World, number: int) -> Person:
    """Somebody who looked around, perhaps for a company, and has ordered nothing."""
    draw = Draw("lead", number)
    columns = _human(draw, world, draw.weighted(LEADS_LIVE), f"l{number:05}", known=0.65)
    created_at = world.ago(draw.between(1, 400))
    stage = draw.weighted(
        {"subscriber": 22, "lead": 42, "marketing-qualified": 20, "sales-qualified": 11, "opportunity": 5}
    )
    engaged = stage in {"sales-qualified", "opportunity"}
    columns |= {
        "created_at": created_at,
        "lifecycle_stage": stage,
        "lead_status": draw.maybe(0.9, "working" if engaged else draw.one(("new", "nurturing", "unqualified"))),
        "interest_level": draw.maybe(0.7, draw.one(("medium", "high") if engaged else ("low", "medium", "high"))),
        "budget": draw.maybe(0.6 if engaged else 0.1, draw.whole(5, 400) * 50),
        "source": draw.weighted(words.SOURCES),
        "owner": draw.maybe(0.95 if engaged else 0.2, draw.one(words.SALES_TEAM)),
    }
    company = None
    if draw.chance(0.55):
        company = domain(draw.whole(1, COMPANIES))
        columns |= _job(draw)
    else:
        columns |= {
            "needs": draw.maybe(0.4, draw.some(words.CONSUMER_NEEDS, 2)),
            "objectives": draw.maybe(0.35, draw.some(words.CONSUMER_OBJECTIVES, 2)),
        }
    agreements = _agreements(draw, columns, created_at, world, asked=0.92)
    return Person(f"lead-{number:05}", columns, company, agreements)


def _human(draw: Draw, world: World, place: Place, tag: str, *, known: float) -> dict[str, object]:
    """What anybody has; each part is known with a probability around `known`."""
    language = draw.weighted(LANGUAGES[place.country])
    gender = draw.weighted(words.GENDERS)
    names = {"female": words.WOMEN, "male": words.MEN}.get(gender) or draw.one((words.WOMEN, words.MEN))
    first = draw.one(names[language].split())
    last = draw.one(words.SURNAMES[language].split()).replace("_", " ")
    born = world.today - timedelta(days=draw.whole(18 * 365 + 5, 50 * 365) + draw.whole(0, 32 * 365))
    device = draw.weighted(words.DEVICES)
    number = FICTION_NUMBERS.get(place.country)
    return {
        "first_name": first,
        "last_name": last,
        "email": draw.maybe(0.94, f"{_ascii(first)}.{_ascii(last)}.{tag}@example.org"),
        "phone": draw.maybe(0.4, draw.digits(number)) if number else None,
        "birth_date": draw.maybe(known * 0.8, born),
        "gender": draw.maybe(known, gender),
        **_household(draw, (world.today - born).days // 365, known),
        "education": draw.maybe(known * 0.6, draw.weighted(words.EDUCATION)),
        "income_band": draw.maybe(known * 0.5, draw.weighted(words.INCOME_BANDS)),
        **_whereabouts(draw, place),
        "language": draw.maybe(0.95, language),
        "interests": draw.maybe(known * 0.8, draw.some(words.INTERESTS, 4)),
        "personality": draw.maybe(known * 0.3, draw.one(words.PERSONALITIES)),
        "attitude": draw.maybe(known * 0.4, draw.one(words.ATTITUDES)),
        "values": draw.maybe(known * 0.35, draw.some(words.VALUES, 2)),
        "lifestyle": draw.maybe(known * 0.45, draw.one(words.LIFESTYLES)),
        "style": draw.maybe(known * 0.3, draw.one(words.STYLES)),
        "device_type": draw.maybe(known, device),
        "operating_system": draw.maybe(known, draw.weighted(words.SYSTEMS[device])),
        "apps": draw.maybe(known * 0.6, draw.some(words.APPS, 3)),
        "preferred_channel": draw.maybe(known * 0.7, draw.weighted({"email": 70, "sms": 18, "phone": 12})),
        "attributes": _custom(draw, known),
    }


def _household(draw: Draw, age: int, known: float) -> dict[str, object]:
    if age < 25:
        status, stage = {"single": 75, "partnered": 22, "married": 3}, {"student": 60, "young professional": 40}
    elif age < 36:
        status, stage = {"single": 38, "partnered": 30, "married": 30}, {"young professional": 55, "young family": 45}
    elif age < 56:
        status, stage = {"single": 20, "married": 58, "divorced": 14}, {"established family": 68, "young family": 14}
    else:
        status, stage = {"married": 62, "divorced": 16, "widowed": 14}, {"empty nest": 100}
    return {
        "marital_status": draw.maybe(known * 0.6, draw.weighted(status)),
        "life_stage": draw.maybe(known * 0.6, "retired" if age >= 67 else draw.weighted(stage)),
    }


def _whereabouts(draw: Draw, place: Place) -> dict[str, object]:
    if not draw.chance(0.93):
        return {"country": draw.maybe(0.8, place.country)}
    located = draw.chance(0.85)
    return {
        "country": place.country,
        "region": place.region,
        "city": place.city,
        "postal_code": draw.maybe(0.9, draw.digits(place.postal)),
        "latitude": round(place.latitude + draw.between(-0.03, 0.03), 4) if located else None,
        "longitude": round(place.longitude + draw.between(-0.03, 0.03), 4) if located else None,
        "time_zone": place.time_zone,
    }


def _job(draw: Draw) -> dict[str, object]:
    seniority = draw.weighted(words.SENIORITY)
    department = draw.one(words.DEPARTMENTS)
    return {
        "job_title": f"{department} {draw.one(words.JOBS[seniority]).lower()}",
        "seniority": seniority,
        "department": department,
        "software": draw.maybe(0.7, draw.some(words.SOFTWARE, 3)),
        "needs": draw.maybe(0.75, draw.some(words.BUSINESS_NEEDS, 3)),
        "objectives": draw.maybe(0.65, draw.some(words.BUSINESS_OBJECTIVES, 2)),
    }


def _custom(draw: Draw, known: float) -> dict[str, object]:
    """The account's own attributes, as `lists.ATTRIBUTES` defines them."""
    drawn = {
        "favourite_genre": draw.maybe(known * 0.75, draw.one(words.GENRES)),
        "plays_an_instrument": draw.maybe(known * 0.5, draw.chance(0.35)),
        "household_size": draw.maybe(known * 0.5, draw.whole(1, 5)),
        "newsletter_rhythm": draw.maybe(known * 0.6, draw.weighted({"weekly": 45, "monthly": 40, "only news": 15})),
    }
    return {key: value for key, value in drawn.items() if value is not None}


def _agreements(
    draw: Draw, columns: dict[str, object], since: datetime, world: World, *, asked: float
) -> list[Agreement]:
    """Some were never asked, some said no, and some changed their mind since."""
    agreements: list[Agreement] = []
    language = str(columns.get("language") or "en")

    def ask(channel: str, topic: str, yes: float) -> None:
        agreed = draw.chance(yes)
        left = (world.midnight - since).total_seconds() / 86400
        days = draw.between(0, left) if not agreed and draw.chance(0.6) else left
        agreements.append(
            Agreement(
                channel,
                topic,
                "subscribed" if agreed else "unsubscribed",
                "web form" if days == left else "unsubscribe link",
                CONSENT_TEXTS[language] if agreed else None,
                world.ago(days),
            )
        )

    if columns.get("email") and draw.chance(asked):
        ask("email", "", 0.8)
        for topic, yes in (("newsletter", 0.75), ("workshops", 0.5)):
            if draw.chance(0.35):
                ask("email", topic, yes)
    if columns.get("phone"):
        if draw.chance(0.6):
            ask("sms", "", 0.5)
        if draw.chance(0.3):
            ask("phone", "", 0.4)
    return agreements


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
    return "".join(sign for sign in plain if sign.isascii() and sign.isalpha())
