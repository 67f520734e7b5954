"""When time alone changes an answer: the clock is moved to each instant that may matter, and all is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...definition.parts import Part
from .question import Question
from .truth import Answer, Asked, answers

MOST_INSTANTS = 100
MOST_QUESTIONS = 2_000


def look(question: Question, today: Sequence[Answer], asked: Asked) -> tuple[dict[Part, datetime], datetime | None]:
    """The first flip of each part that has one, and how far the future was looked at where that was not to the end."""
    truth = [answer.holds for answer in today]
    coming = {place: answer.next for place, answer in enumerate(today) if answer.next is not None}
    begin = question.evaluate(truth)
    flips: dict[Part, datetime] = {}
    looked_until = None
    instants = questions = 0
    while coming and len(flips) < len(begin):
        at = min(coming.values())
        due = [place for place, moment in coming.items() if moment <= at]
        instants, questions = instants + 1, questions + len(due)
        if instants > MOST_INSTANTS or questions > MOST_QUESTIONS:
            return flips, looked_until
        leaves = [question.leaves[place] for place in due]
        for place, answer in zip(due, answers(leaves, asked, at), strict=True):
            truth[place] = answer.holds
            del coming[place]
            if answer.next is not None:
                coming[place] = answer.next
        then = question.evaluate(truth)
        flips |= {part: at for part, held in then.items() if held != begin[part] and part not in flips}
        looked_until = at
    return flips, None
