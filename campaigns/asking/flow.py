"""Which question comes next: the first that is not answered and whose condition holds. Pure.

A condition asks only answers that came before; a question that is not asked because of one counts as not answered, so
that what hangs on it is not asked either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .schema import Condition, Form, Question

Answers = Mapping[str, Any]
"""By question; None where somebody went past it."""


@dataclass(frozen=True)
class Place:
    """A question and how far that is: `number` of about `total`."""

    question: Question
    number: int
    total: int
    before: str
    """The question to go back to; empty at the first."""

    @property
    def percent(self) -> int:
        return 100 * (self.number - 1) // max(self.total, 1)


def path(form: Form, answers: Answers) -> list[Question]:
    """The questions that are asked, given what is answered so far."""
    asked: list[Question] = []
    said: dict[str, Any] = {}
    for question in form.questions:
        if question.condition is None or holds(question.condition, said):
            asked.append(question)
            said[question.key] = answers.get(question.key)
    return asked


def next_question(form: Form, answers: Answers) -> Question | None:
    """None when all is said."""
    return next((one for one in path(form, answers) if one.key not in answers), None)


def place(form: Form, answers: Answers, question: Question) -> Place:
    asked = path(form, answers)
    at = next((index for index, one in enumerate(asked) if one.key == question.key), 0)
    return Place(question, at + 1, len(asked), asked[at - 1].key if at else "")


def kept(form: Form, answers: Answers) -> dict[str, Any]:
    """Without what is no longer asked, because an earlier answer was changed."""
    return {one.key: answers[one.key] for one in path(form, answers) if one.key in answers}


def holds(condition: Condition, answers: Answers) -> bool:
    """Unknown answers compare false, as everywhere; `is_unknown` is for them."""
    said = answers.get(condition.question)
    known = said not in (None, "", [])
    match condition.op:
        case "is_known":
            return known
        case "is_unknown":
            return not known
        case "is_any_of" | "is_none_of":
            chosen = set(said if isinstance(said, list) else [said])
            return known and bool(chosen & set(condition.value)) == (condition.op == "is_any_of")
        case "is":
            return known and said == condition.value
        case "is_not":
            return known and said != condition.value
        case "gte":
            return known and bool(said >= condition.value)
        case "lte":
            return known and bool(said <= condition.value)
        case _:
            raise AssertionError(condition.op)
