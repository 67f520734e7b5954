"""A survey ready to look at: over half a year customers were asked whether they recommend the shop, and why.

Who answers, and what, is drawn, though not blindly: whoever buys often and finds things easily recommends it more. The
answers go the way of real ones, so that they are events and attributes as well; some detractors got their task.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns.asking import responding, services, starts
from campaigns.models import Survey, SurveyResponse
from contacts.models import Contact, Event
from crmseg.common.actor import Actor

from . import cdnow
from .draw import Draw
from .world import World

NAME, KEY = "How are we doing?", "how_are_we"
ANSWERS, DAYS = 400, 180
REASONS = {
    "good": (
        "The records arrive well packed, every time.",
        "You have what nobody else has.",
        "Fast, friendly, and the prices are fair.",
        "I always find something that I did not look for.",
    ),
    "fair": ("It is fine, but delivery could be faster.", "Good choice. The site is a bit slow.", "As expected."),
    "bad": (
        "My order came two weeks late and nobody told me.",
        "The sleeve was bent and the answer took days.",
        "Delivery is too expensive for one record.",
        "I could not reach anybody when I had a question.",
    ),
}
BETTER = ("Delivery.", "Answer the phone.", "Tell me when an order is late.", "Better packing.")
NEEDS = {"price": 3.0, "quality": 4.0, "ease": 2.0, "advice": 1.0}


def definition() -> dict[str, Any]:
    """The form for a recommendation, and two questions of the one for needs."""
    made, needs = starts.definition("nps", "en"), starts.definition("needs", "en")
    made["questions"] += [one for one in needs["questions"] if one["key"] in {"looking_for", "effort"}]
    made["follow_up"] = {
        "if": {"question": "score", "op": "lte", "value": 2},
        "days": 2,
        "title": "Ask what went wrong, and put it right",
    }
    return made


def write_surveys(world: World, first: int, end: int, actor: Actor) -> None:
    survey = Survey.objects.filter(key=KEY).first()
    if survey is None:
        data: dict[str, object] = {"name": NAME, "key": KEY, "definition": definition(), "is_public": True}
        survey = services.publish_survey(services.create_survey(data=data, actor=actor).pk, actor=actor)
        Survey.objects.filter(pk=survey.pk).update(created_at=world.ago(DAYS), published_at=world.ago(DAYS))
    numbers = list(cdnow.first_days())
    asked = [f"cdnow-{numbers[37 * place % len(numbers)]}" for place in range(first, end)]
    people = dict(Contact.objects.filter(external_id__in=asked).values_list("external_id", "pk"))
    orders: dict[int, int] = {}
    for pk in Event.objects.filter(contact__in=people.values(), amount__gt=0).values_list("contact_id", flat=True):
        orders[pk] = orders.get(pk, 0) + 1
    for place, external_id in enumerate(asked, first):
        buyer = people.get(external_id)
        if buyer is not None:
            _answer(world, survey, place, buyer, orders.get(buyer, 0))


def _answer(world: World, survey: Survey, place: int, contact_id: int, orders: int) -> None:
    draw = Draw("survey", place)
    ease = draw.weighted({1: 1, 2: 2, 3: 5, 4: 7, 5: 5})
    score = max(0, min(10, round(draw.between(2, 7) + 0.7 * ease + min(orders, 6) / 3)))
    mood = "good" if score >= 9 else "fair" if score >= 7 else "bad"
    at = world.ago(draw.whole(1, DAYS - 1)) + timedelta(minutes=draw.whole(420, 1_320))
    said: dict[str, Any] = {
        "score": score,
        "why": draw.maybe(0.6, draw.one(REASONS[mood])),
        "better": draw.maybe(0.5, draw.one(BETTER)),
        "looking_for": draw.weighted(NEEDS),
        "effort": draw.maybe(0.9, ease),
    }
    made = responding.answer_all(survey, said, contact_id=contact_id, language="en", now=at)
    began = at - timedelta(seconds=draw.whole(25, 160))
    SurveyResponse.objects.filter(pk=made.pk).update(started_at=began)
