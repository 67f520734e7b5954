"""What came back from a page, or from a program, as the answer to a question; or a sentence about what is wrong.

An answer is a whole number, an option's key, a list of them, or text; None where somebody went past the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from .schema import CHOICES, NUMBERS, Kind, Question

LONGEST_WORDS = 5_000


def read(question: Question, given: Sequence[str]) -> Any:
    """Raises ValueError with a sentence for whoever answers."""
    said = [one.replace("\x00", "").strip() for one in given]
    said = [one for one in said if one]
    if not said:
        if question.required:
            raise ValueError(_MISSING[question.kind]())
        return None
    if question.kind in NUMBERS:
        return _number(question, said[0])
    if question.kind in CHOICES:
        return _chosen(question, said)
    if question.kind is Kind.EMAIL:
        return _address(said[0])
    words = said[0].replace("\r\n", "\n").encode("utf-8", "replace").decode()
    if len(words) > LONGEST_WORDS:
        raise ValueError(_("Please say it in at most %(most)s characters.") % {"most": LONGEST_WORDS})
    return words


def read_plain(question: Question, raw: object) -> Any:
    """The same for what programs send: numbers and lists as JSON has them."""
    given = raw if isinstance(raw, list) else [] if raw is None else [raw]
    if any(isinstance(one, dict | list | bool) for one in given):
        raise ValueError(_("This cannot be an answer."))
    return read(question, [str(one) for one in given])


def _number(question: Question, said: str) -> int:
    first, last = question.range
    if not said.isascii() or not said.isdecimal() or len(said) > 3 or not first <= int(said) <= last:
        raise ValueError(_("Please choose a number from %(first)s to %(last)s.") % {"first": first, "last": last})
    return int(said)


def _chosen(question: Question, said: Sequence[str]) -> str | list[str]:
    known = [option.key for option in question.options if option.key in said]
    if len(known) != len(set(said)) or (question.kind is Kind.SINGLE and len(known) != 1):
        raise ValueError(_("Please choose among these."))
    return known[0] if question.kind is Kind.SINGLE else known


def _address(said: str) -> str:
    try:
        validate_email(said)
    except ValidationError:
        raise ValueError(_("This does not look like an e-mail address. Is a letter missing?")) from None
    if len(said) > 254:
        raise ValueError(_("This does not look like an e-mail address. Is a letter missing?"))
    return said


def _choose() -> str:
    return _("Please choose one.")


def _choose_some() -> str:
    return _("Please choose at least one.")


def _write() -> str:
    return _("Please write something.")


def _write_address() -> str:
    return _("Please write your e-mail address.")


_MISSING = {
    Kind.NPS: _choose,
    Kind.CSAT: _choose,
    Kind.SCALE: _choose,
    Kind.SINGLE: _choose,
    Kind.MULTIPLE: _choose_some,
    Kind.TEXT: _write,
    Kind.EMAIL: _write_address,
}
