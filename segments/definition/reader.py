"""What every kind of node needs to be read from JSON: its keys, flags and names, and a place for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common.problems import Problem

from . import load_windows, scalars
from .nodes import Marked, Node
from .operators import OPERATORS, Operator
from .schema import Catalogue
from .sql import CONTACT_ZONE
from .windows import Window

MAX_NAME = 200
# Near misses are looked for among all names: enough for people, and no work for ten thousand mistakes.
_MOST_HINTS = 25
_MOST_STRANGE_KEYS = 25
NOT_A_NAME = gettext_lazy("Expected a name of at most 200 characters, without NUL and half surrogate pairs.")
Raw = Mapping[str, Any]


class Failed:
    """Stands for a value that was refused, because None is a value too."""


FAILED = Failed()


class Read(Protocol):
    """Reads one kind of node; None when it is refused, and the reader has the problems."""

    def __call__(self, reader: Reader, raw: Raw, at: str) -> Node | None: ...


@dataclass(frozen=True)
class Kind:
    """One kind of node: the key that names it, the other keys it may have, how it is read, and where it may stand."""

    key: str
    others: frozenset[str]
    read: Read
    in_where: bool = False
    """Whether it may stand among the conditions on an event's own properties."""

    @property
    def keys(self) -> frozenset[str]:
        return self.others | {self.key, "label", "off"}


class Reader:
    """Walks the JSON. A part it cannot read becomes a Problem and None."""

    def __init__(self, catalogue: Catalogue, reader_of: int | None, kinds: Mapping[str, Kind]):
        self.catalogue, self.reader_of, self.kinds = catalogue, reader_of, kinds
        self.problems: list[Problem] = []
        self.place: Literal["", "event", "colleagues"] = ""
        self._hints = 0

    @contextmanager
    def inside(self, place: Literal["event", "colleagues"]) -> Iterator[None]:
        """Read what stands inside a condition on an event, or on colleagues."""
        before, self.place = self.place, place
        try:
            yield
        finally:
            self.place = before

    def refuse(self, pointer: str, message: str) -> None:
        # What is wrong may be that it cannot be stored or sent, so it is not repeated as it stands.
        self.problems.append(Problem(scalars.shown(pointer), scalars.shown(message)))

    def value(self, read: Callable[[], Any], at: str) -> Any:
        """What `read` returns, or FAILED; its pointers are relative to the condition."""
        try:
            return read()
        except scalars.Refused as refused:
            self.refuse(at + refused.pointer, refused.message)
            return FAILED

    def window(self, raw: Raw, at: str, key: str, *, since_first: bool = False) -> Window | Failed | None:
        """The window that the condition `raw` has under `key`."""
        zone = self.meant_in(raw)
        window: Window | Failed | None = self.value(
            lambda: load_windows.read(raw.get(key), f"/{key}", zone, since_first=since_first), at
        )
        return window

    def meant_in(self, raw: Raw) -> str:
        """The zone in which the condition means instants without an offset: the one it names, or the account's."""
        zone = raw.get("zone")
        return zone if isinstance(zone, str) and scalars.is_zone(zone) else self.catalogue.zone

    def operator(self, raw: Raw, at: str) -> Operator | None:
        op = raw.get("op")
        if not isinstance(op, str):
            return self.refuse(f"{at}/op" if "op" in raw else at, _("Expected an operator in “op”."))
        if op not in OPERATORS:
            unknown = _("There is no operator “%(op)s”.") % {"op": op[:100]}
            return self.refuse(f"{at}/op", unknown + self.did_you_mean(op, OPERATORS))
        return OPERATORS[op]

    def name(self, raw: object, at: str, missing: str) -> str | None:
        """A name of an event, a property, a channel: any text that can be stored, without spaces around it."""
        if not isinstance(raw, str) or not raw.strip():
            return self.refuse(at, missing)
        if len(raw) > MAX_NAME or not scalars.storable(raw):
            return self.refuse(at, str(NOT_A_NAME))
        return raw.strip()

    def label(self, raw: Raw, at: str) -> str | None:
        label = raw.get("label")
        if label is None or (isinstance(label, str) and len(label) <= 1000 and scalars.storable(label)):
            return label
        return self.refuse(f"{at}/label", _("Expected a text of at most 1,000 characters."))

    def flag(self, raw: Raw, key: str, at: str) -> bool:
        flag = raw.get(key, False)
        if isinstance(flag, bool):
            return flag
        self.refuse(f"{at}/{key}", _("Expected true or false."))
        return False

    def zone(self, raw: Raw, at: str) -> str | None:
        zone = raw.get("zone")
        if zone is None or zone == "account":
            return None
        if isinstance(zone, str) and (zone == CONTACT_ZONE or scalars.is_zone(zone)):
            return zone
        return self.refuse(f"{at}/zone", _("Expected “account”, “contact” or a time zone such as “Europe/Rome”."))

    def currency(self, raw: Raw, at: str) -> str | None:
        currency = raw.get("currency")
        if currency is None or (isinstance(currency, str) and re.fullmatch("[A-Za-z]{3}", currency)):
            return currency.upper() if currency else None
        return self.refuse(f"{at}/currency", _("Expected a currency code such as “EUR”."))

    def whole(self, raw: object, at: str, least: int, most: int) -> int | None:
        """A whole number between two, both included."""
        if isinstance(raw, int) and not isinstance(raw, bool) and least <= raw <= most:
            return raw
        return self.refuse(
            at, _("Expected a whole number from %(least)s to %(most)s.") % {"least": least, "most": f"{most:,}"}
        )

    def only_known_keys(self, raw: Raw, known: frozenset[str], at: str) -> bool:
        strange = [key for key in raw if key not in known]
        for key in strange[:_MOST_STRANGE_KEYS]:
            shown = str(key)[:MAX_NAME]
            said = _("This condition has no key “%(key)s”.") % {"key": shown}
            self.refuse(f"{at}/{scalars.token(shown)}", said + self.did_you_mean(shown, known))
        return not strange

    def did_you_mean(self, word: str, known: Mapping[str, Any] | frozenset[str]) -> str:
        self._hints += 1
        if self._hints > _MOST_HINTS:
            return ""
        near = get_close_matches(word[:100], list(known), n=1, cutoff=0.7)
        return " " + _("Did you mean “%(word)s”?") % {"word": near[0]} if near else ""

    # Nodes

    def node(self, raw: object, at: str) -> Node | None:
        if not isinstance(raw, Mapping):
            return self.refuse(at, self._not_a_condition())
        kinds = [kind for kind in self.kinds.values() if kind.key in raw]
        if len(kinds) != 1:
            return self.refuse(at, self._one_kind([kind.key for kind in kinds], raw))
        (kind,) = kinds
        known = self.only_known_keys(raw, kind.keys, at)
        child = kind.read(self, raw, at) if self._may_stand(kind, at) else None
        label, off = self.label(raw, at), self.flag(raw, "off", at)
        if child is None or not known:
            return None
        return Marked(child, label, off) if label is not None or off else child

    def group(self, raw: object, at: str) -> tuple[Node, ...] | None:
        if not isinstance(raw, list):
            return self.refuse(at, _("Expected a list of conditions."))
        if not raw:
            return self.refuse(at, _("This group is empty: add a condition, or remove the group."))
        children = []
        for index, item in enumerate(raw):
            children.append(self.node(item, f"{at}/{index}"))
        good = tuple(child for child in children if child is not None)
        return good if len(good) == len(children) else None

    def _may_stand(self, kind: Kind, at: str) -> bool:
        if self.place == "event" and not kind.in_where:
            self.refuse(at, _("A condition on an event can only ask for that event's own properties."))
            return False
        if self.place != "event" and kind.key == "any_item":
            self.refuse(at, _("Items belong to an event: put this condition into its “where”."))
            return False
        return True

    def _not_a_condition(self) -> str:
        names = ", ".join(self.kinds)
        return _("This is not a condition. Expected an object with one of: %(names)s.") % {"names": names}

    def _one_kind(self, kinds: list[str], raw: Raw) -> str:
        if kinds:
            return _("A condition is one thing at a time, but this one has: %(names)s.") % {"names": ", ".join(kinds)}
        near = [
            self.did_you_mean(str(key), self.kinds) for key, _place in zip(raw, range(_MOST_STRANGE_KEYS), strict=False)
        ]
        return self._not_a_condition() + next(filter(None, near), "")
