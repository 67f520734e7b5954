"""Reading a form from JSON: every problem at once, each with its pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from contacts import values
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from .schema import (
    CHOICES,
    KEY,
    LEAST_STEP,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_DAYS,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    MOST_STEP,
    MOST_STEPS,
    OPS,
    RANGES,
    RESERVED,
    Condition,
    Consent,
    FollowUp,
    Form,
    Kind,
    Option,
    Question,
    Text,
    ops_of,
)


def load(raw: object) -> Form:
    """The form, or InvalidInput with everything that is wrong, each with its pointer."""
    reader = _Reader()
    form = reader.form(raw)
    if reader.problems:
        raise InvalidInput(reader.problems)
    return form


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, pointer: str, message: str) -> None:
        self.problems.append(Problem(pointer, message))

    def form(self, raw: object) -> Form:
        known = ("languages", "title", "intro", "thanks", "questions", "follow_up")
        data = self.mapping(raw, "", known)
        languages = self.languages(data.get("languages"))
        asked: list[Question] = []
        for index, one in enumerate(self.several(data.get("questions"), "/questions", MOST_QUESTIONS)):
            asked.append(self.question(one, f"/questions/{index}", asked, languages))
        return Form(
            languages,
            self.text(data.get("title"), "/title", languages, LONGEST_TITLE),
            self.text(data.get("intro"), "/intro", languages),
            self.text(data.get("thanks"), "/thanks", languages),
            tuple(asked),
            self.follow_up(data.get("follow_up"), asked),
        )

    def languages(self, raw: object) -> tuple[str, ...]:
        known = dict(settings.LANGUAGES)
        given = self.several(raw, "/languages", len(known)) if raw is not None else [settings.LANGUAGE_CODE]
        found: list[str] = []
        for index, one in enumerate(given):
            if not isinstance(one, str) or one not in known:
                said = _("The languages are: %(known)s.") % {"known": ", ".join(known)}
                self.wrong(f"/languages/{index}", said)
            elif one not in found:
                found.append(one)
        return tuple(found) or (settings.LANGUAGE_CODE,)

    def question(self, raw: object, at: str, before: Sequence[Question], languages: Sequence[str]) -> Question:
        known = ("key", "kind", "text", "help", "required", "options", "from", "to", "low", "high", "attribute")
        data = self.mapping(raw, at, (*known, "consent", "if"))
        key = self.key(data.get("key"), f"{at}/key", {one.key for one in before})
        kind = Kind.TEXT
        try:
            kind = Kind(str(data.get("kind")))
        except ValueError:
            self.wrong(f"{at}/kind", _("Expected one of: %(options)s.") % {"options": ", ".join(Kind)})
        options: list[Option] = []
        if kind in CHOICES:
            for index, one in enumerate(self.several(data.get("options"), f"{at}/options", MOST_OPTIONS)):
                options.append(self.option(one, f"{at}/options/{index}", {o.key for o in options}, languages))
        start, end = RANGES.get(kind, (1, 5))
        if kind is Kind.SCALE:
            start = self.whole(data.get("from", 1), f"{at}/from", LEAST_STEP, MOST_STEP)
            end = self.whole(data.get("to", 5), f"{at}/to", LEAST_STEP, MOST_STEP)
            if not start < end < start + MOST_STEPS:
                self.wrong(f"{at}/to", _("A scale has 2 to %(most)s steps.") % {"most": MOST_STEPS})
                start, end = 1, 5
        attribute = self.short(data.get("attribute"), f"{at}/attribute", 100)
        if attribute and not KEY.fullmatch(attribute):
            self.wrong(f"{at}/attribute", key_said())
        return Question(
            key,
            kind,
            self.text(data.get("text"), f"{at}/text", languages),
            self.text(data.get("help"), f"{at}/help", languages),
            self.truth(data.get("required"), f"{at}/required"),
            tuple(options),
            self.text(data.get("low"), f"{at}/low", languages, LONGEST_TITLE),
            self.text(data.get("high"), f"{at}/high", languages, LONGEST_TITLE),
            start,
            end,
            attribute if kind is not Kind.EMAIL else "",
            self.consent(data.get("consent"), f"{at}/consent", languages) if kind is Kind.EMAIL else None,
            self.condition(data.get("if"), f"{at}/if", before),
        )

    def option(self, raw: object, at: str, taken: set[str], languages: Sequence[str]) -> Option:
        data = self.mapping(raw, at, ("key", "text"))
        return Option(
            self.key(data.get("key"), f"{at}/key", taken),
            self.text(data.get("text"), f"{at}/text", languages, LONGEST_TITLE),
        )

    def consent(self, raw: object, at: str, languages: Sequence[str]) -> Consent | None:
        if raw is None:
            return None
        data = self.mapping(raw, at, ("topic", "text"))
        return Consent(
            self.short(data.get("topic"), f"{at}/topic", 100), self.text(data.get("text"), f"{at}/text", languages)
        )

    def condition(self, raw: object, at: str, before: Sequence[Question]) -> Condition | None:
        if raw is None:
            return None
        data = self.mapping(raw, at, ("question", "op", "value"))
        asked = next((one for one in before if one.key == data.get("question")), None)
        if asked is None:
            self.wrong(f"{at}/question", _("Choose a question that comes before."))
            return None
        ops = ops_of(asked)
        op = data.get("op")
        if not isinstance(op, str) or op not in ops:
            self.wrong(f"{at}/op", _("Expected one of: %(options)s.") % {"options": ", ".join(ops)})
            return None
        if op in OPS["any"]:
            return Condition(asked.key, op)
        if op in OPS["number"]:
            first, last = asked.range
            return Condition(asked.key, op, self.whole(data.get("value"), f"{at}/value", first, last))
        wanted = []
        for index, one in enumerate(self.several(data.get("value"), f"{at}/value", MOST_OPTIONS)):
            if not isinstance(one, str) or asked.option(one) is None:
                self.wrong(f"{at}/value/{index}", _("There is no such option."))
            else:
                wanted.append(one)
        return Condition(asked.key, op, tuple(wanted))

    def follow_up(self, raw: object, asked: Sequence[Question]) -> FollowUp | None:
        if raw is None:
            return None
        at = "/follow_up"
        data = self.mapping(raw, at, ("if", "owner", "days", "title"))
        condition = self.condition(data.get("if"), f"{at}/if", asked)
        if condition is None and data.get("if") is None:
            self.wrong(f"{at}/if", _("Say which answers need a person."))
        owner = data.get("owner")
        if owner is not None and (isinstance(owner, bool) or not isinstance(owner, int) or not 0 < owner < 2**31):
            self.wrong(f"{at}/owner", _("Expected the id of a person."))
            owner = None
        days = self.whole(data.get("days", 2), f"{at}/days", 0, MOST_DAYS)
        title = self.short(data.get("title"), f"{at}/title", LONGEST_TITLE)
        return FollowUp(condition, owner, days, title) if condition else None

    def mapping(self, raw: object, at: str, known: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(raw, Mapping):
            self.wrong(at, _("Expected an object."))
            return {}
        for key in raw:
            if key not in known:
                said = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), known)
                self.wrong(f"{at}/{escape(str(key))}", said)
        return raw

    def several(self, raw: object, at: str, most: int) -> Sequence[Any]:
        if raw is None:
            return []
        if not isinstance(raw, list | tuple):
            self.wrong(at, _("Expected a list."))
            return []
        if len(raw) > most:
            self.wrong(at, _("Expected at most %(most)s.") % {"most": most})
        return raw[:most]

    def text(self, raw: object, at: str, languages: Sequence[str], most: int = LONGEST_TEXT) -> Text:
        """By language; one text alone is in the first."""
        if raw is None:
            return {}
        given = {languages[0]: raw} if isinstance(raw, str) else self.mapping(raw, at, tuple(dict(settings.LANGUAGES)))
        found = {}
        for language, one in given.items():
            said = self.short(one, f"{at}/{escape(str(language))}", most, lines=most > LONGEST_TITLE)
            if said and language in dict(settings.LANGUAGES):
                found[language] = said
        return found

    def short(self, raw: object, at: str, most: int, *, lines: bool = False) -> str:
        try:
            said = values.read_text(raw) or ""
        except ValueError as error:
            self.wrong(at, str(error))
            return ""
        said = said.replace("\r\n", "\n").strip() if lines else " ".join(said.split())
        if len(said) > most:
            self.wrong(at, _("Expected at most %(most)s characters.") % {"most": most})
        return said[:most]

    def whole(self, raw: object, at: str, least: int, most: int) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
            said = _("Expected a whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
            self.wrong(at, said)
            return least
        return raw

    def truth(self, raw: object, at: str) -> bool:
        if raw not in (None, True, False):
            self.wrong(at, _("Expected true or false."))
        return raw is True

    def key(self, raw: object, at: str, taken: set[str]) -> str:
        if not isinstance(raw, str) or not KEY.fullmatch(raw):
            self.wrong(at, key_said())
            return ""
        if raw in taken:
            self.wrong(at, _("This key is there twice."))
        if raw in RESERVED and at.count("/") == 3:
            self.wrong(at, _("The event of an answer has a property of this name already."))
        return raw


def key_said() -> str:
    return _("Expected small letters, digits and underscores, beginning with a letter.")
