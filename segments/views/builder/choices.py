"""The words that rows offer to choose from, apart from the operators, which the language's registry names."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

Label = str | Promise


@dataclass(frozen=True)
class Choice:
    value: str
    label: Label


class Menu(tuple[Choice, ...]):
    """Choices as one control offers them. Its HTML is written once in each language, not once for each row."""

    def options(self, chosen: str) -> SafeString:
        """The options, with the one of the escaped value `chosen` selected."""
        drawn = self.__dict__.setdefault("drawn", {})
        language = get_language()
        if language not in drawn:
            drawn[language] = self.draw()
        value = f'<option value="{chosen}"'
        return SafeString(drawn[language].replace(value, f"{value} selected", 1))

    def draw(self) -> SafeString:
        pairs = ((choice.value, choice.label) for choice in self)
        return format_html_join("", '<option value="{}">{}</option>', pairs)

    @property
    def values(self) -> frozenset[str]:
        return frozenset(choice.value for choice in self)


@dataclass(frozen=True)
class Headed:
    """Choices under one heading."""

    label: Label
    choices: Menu


class Headings(Menu):
    """Some choices, and below them others, each under its heading."""

    def __new__(cls, first: Menu, groups: tuple[Headed, ...]) -> Headings:
        made = super().__new__(cls, (*first, *(choice for group in groups for choice in group.choices)))
        made.first, made.groups = first, groups
        return made

    first: Menu
    groups: tuple[Headed, ...]

    def draw(self) -> SafeString:
        groups = ((group.label, group.choices.draw()) for group in self.groups)
        return self.first.draw() + format_html_join("", '<optgroup label="{}">{}</optgroup>', groups)


def menu(*offered: tuple[str, Label]) -> Menu:
    return Menu(Choice(value, label) for value, label in offered)


def numbered(*labels: Label) -> Menu:
    return Menu(Choice(str(number), label) for number, label in enumerate(labels, start=1))


UNITS = menu(
    ("minute", _("minutes")),
    ("hour", _("hours")),
    ("day", _("days")),
    ("week", _("weeks")),
    ("month", _("months")),
    ("year", _("years")),
)
DATE_UNITS = Menu(UNITS[2:])
CALENDAR_UNITS = menu(
    ("day", _("day")), ("week", _("week")), ("month", _("month")), ("quarter", _("quarter")), ("year", _("year"))
)
MONTHS = numbered(
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)
WEEKDAYS = numbered(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))

MODES = menu(("all", _("All of")), ("any", _("Any of")), ("none", _("None of")), ("at_least", _("At least")))
NOT_ALL = Choice("not_all", _("Not all of"))
COLLEAGUES = menu(
    ("any", _("any colleague")),
    ("all", _("all colleagues")),
    ("none", _("no colleague")),
    ("at_least", _("at least so many colleagues:")),
)

DID = menu(("did", _("happened")), ("did_not", _("did not happen")))
_HOWS = (
    Headed(_("How often"), menu(("count", _("number of times")), ("distinct_days", _("number of days with one")))),
    Headed(
        _("A property of it"),
        menu(
            ("sum", _("sum of")),
            ("avg", _("average of")),
            ("min", _("smallest")),
            ("max", _("largest")),
            ("distinct", _("number of different")),
            ("first", _("first value of")),
            ("last", _("last value of")),
        ),
    ),
    Headed(_("Against the time before"), menu(("change_pct", _("change in percent")))),
    Headed(
        _("When"),
        menu(
            ("occurred_first", _("the first one was")),
            ("occurred_last", _("the last one was")),
            ("occurred_nth", _("the one with this number was")),
        ),
    ),
)
MEASURES = frozenset(choice.value for group in _HOWS[:3] for choice in group.choices)
OF_PROPERTY = _HOWS[1].choices.values
"""The measures that need a property; `change_pct` may have one."""
HOWS = Headings(DID, _HOWS)
VALUE_TYPES = menu(("number", _("as a number")), ("text", _("as text")))

WINDOWS = menu(
    ("", _("at any time")),
    ("last", _("in the last")),
    ("ago", _("between … ago")),
    ("between", _("between")),
    ("this", _("in this")),
    ("previous", _("in the previous")),
    ("since_first", _("from the first one on, for")),
)
NOT_FIRST = Menu(choice for choice in WINDOWS if choice.value != "since_first")
BOUNDED = Menu(choice for choice in WINDOWS if choice.value)
BOUNDED_NOT_FIRST = Menu(choice for choice in NOT_FIRST if choice.value)
STEPS = menu(("", _("happened")), ("1", _("did not happen")))
WITHIN = menu(("", _("at any time after")), ("1", _("within")))

CHANGES = (("from", _("from")), ("to", _("to")))
ENDS = menu(("", _("anything")), ("unknown", _("unknown")), ("value", _("the value")))
ENDS_OF_PLACES = Menu(ENDS[:2])
ENDS_OF_MANY = Menu((*ENDS, Choice("values", _("exactly"))))
BUCKETS = menu(("", _("a share of everybody")), ("slice", _("a slice, from … to")))
TRUTHS = menu(("true", _("yes")), ("false", _("no")))
ZONES = menu(
    ("", _("in the account's time zone")),
    ("contact", _("in the contact's own time zone")),
    ("named", _("in the time zone")),
)
WHERE_TYPES = menu(
    ("text", _("as text")),
    ("number", _("as a number")),
    ("boolean", _("as yes or no")),
    ("datetime", _("as a date")),
    ("multi_enum", _("as a list")),
    ("location", _("as a place")),
)
"""The types that a property of an event may be read as; its operators and its value follow."""
