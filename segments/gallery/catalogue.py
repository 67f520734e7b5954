"""Every template, and what becomes of one in this account."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import OperationalError, connection, transaction

from crmseg.common import clock

from .. import catalogue
from ..definition import describe
from ..definition.load import load
from ..engine.preview import preview
from . import behaviour, companies, goals, people
from .facts import Facts, Missing
from .template import Json, Model, Template

TEMPLATES: tuple[Template, ...] = (*goals.TEMPLATES, *people.TEMPLATES, *behaviour.TEMPLATES, *companies.TEMPLATES)
BY_KEY = {template.key: template for template in TEMPLATES}
LONGEST = "4s"


@dataclass(frozen=True)
class Ready:
    """A template with the account's own words in it, or the name of what it `lacks`."""

    definition: Json | None
    sentence: str = ""
    used: tuple[str, ...] = ()
    lacks: str = ""


@dataclass(frozen=True)
class Counted:
    """How many it finds of everybody; None where counting would take longer than people wait for a gallery."""

    count: int | None
    everyone: int = 0


def of_model(model: Model) -> list[Template]:
    return [template for template in TEMPLATES if template.model is model]


def ready(template: Template) -> Ready:
    """Fill the template in."""
    known = catalogue.current()
    facts = Facts(known)
    try:
        definition = template.make(facts)
    except Missing as missing:
        return Ready(None, lacks=str(missing))
    return Ready(definition, describe.sentence(load(definition, known), known), tuple(dict.fromkeys(facts.used)))


def count(definition: Json) -> Counted:
    """Exactly, and within a few seconds or not at all."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [LONGEST])
            found = preview(definition, clock.now())
    except OperationalError:
        return Counted(None)
    return Counted(found.count, found.everyone)
