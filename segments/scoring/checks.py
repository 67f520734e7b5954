"""What may be written of a score model beside its rules: its key, its words, and how points become the score."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from contacts.fields import CONTACT_FIELDS
from contacts.models import AttributeDefinition
from crmseg.common.problems import Problem

from .. import catalogue
from ..definition import scalars
from ..models import ScoreModel
from .history import names_of

MOST_TEXT: Final = 10_000
MOST_INTERCEPT: Final = Decimal(100)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")


def key_problems(key: object) -> list[Problem]:
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        said = _("Expected a key of small letters, digits and underscores that begins with a letter, at most 50 long.")
        return [Problem("/key", said)]
    names = set(names_of(key))
    taken = {name for own in ScoreModel.objects.values_list("key", flat=True) for name in names_of(own)}
    taken |= CONTACT_FIELDS.keys() | catalogue.current().properties.keys()
    taken |= set(AttributeDefinition.objects.filter(key__in=names).values_list("key", flat=True))
    if clash := sorted(names & taken):
        return [Problem("/key", _("There is a property “%(key)s” already.") % {"key": clash[0]})]
    return []


def text_problems(name: object, description: object) -> list[Problem]:
    problems = []
    if not isinstance(name, str) or not name.strip() or len(name) > 200 or not scalars.storable(name):
        problems.append(Problem("/name", _("Expected a name of at most 200 characters.")))
    if not isinstance(description, str) or len(description) > MOST_TEXT or not scalars.storable(description):
        problems.append(Problem("/description", _("Expected a text of at most 10,000 characters.")))
    return problems


def number_problems(link: object, intercept: object) -> list[Problem]:
    """What is wrong with how a model turns points into its score."""
    problems = []
    if link not in ScoreModel.Link.values:
        problems.append(Problem("/link", _("Expected “sum” or “logistic”.")))
    sensible = isinstance(intercept, int | Decimal) and not isinstance(intercept, bool)
    if not sensible or not abs(Decimal(intercept)) <= MOST_INTERCEPT:  # type: ignore[arg-type]
        said = _("Expected a number from %(least)s to %(most)s.")
        problems.append(Problem("/intercept", said % {"least": -MOST_INTERCEPT, "most": MOST_INTERCEPT}))
    elif link == ScoreModel.Link.SUM and intercept:
        problems.append(Problem("/intercept", _("A sum of points begins at 0.")))
    return problems
