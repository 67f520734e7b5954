"""The values that every part of an automation is made of, and a place for everything that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from django.utils.translation import gettext as _

from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem
from segments.definition.load import load as load_definition
from segments.definition.nodes import Node, Performed, active
from segments.definition.schema import Catalogue
from segments.models import Segment

from .schema import UNITS, Zone

LONGEST_WAIT: Final = timedelta(days=730)
Raw = Mapping[str, Any]


class Reader:
    """Reads one definition and gathers what is wrong with it."""

    def __init__(self, known: Catalogue):
        self.known = known
        self.problems: list[Problem] = []

    def refuse(self, at: str, message: str) -> None:
        self.problems.append(Problem(at, message))

    def condition(self, raw: object, at: str, *, required: bool = False) -> Node | None:
        if raw is None:
            if required:
                self.refuse(at, _("Say what is asked."))
            return None
        try:
            return active(load_definition(raw, self.known))
        except InvalidInput as error:
            self.problems += [problem.under(at) for problem in error.problems]
            return None

    def event(self, raw: object, at: str) -> Performed | None:
        """An event by its name, and which ones count: read as the condition that it happened."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("event"), str) or not raw["event"].strip():
            self.refuse(f"{at}/event", _("Choose an event."))
            return None
        asked = {"event": raw["event"], "op": "did"}
        if raw.get("where"):
            asked["where"] = raw["where"]
        return cast("Performed | None", self.condition(asked, at))

    def list(self, raw: object, at: str, *, static: bool = False) -> int | None:
        found = Segment.unarchived.filter(pk=raw).first() if is_id(raw) else None
        if found is None:
            self.refuse(at, _("Choose a list."))
            return None
        if static and found.kind != Segment.Kind.STATIC:
            self.refuse(at, _("Only a static list takes people by hand; this one follows its definition."))
            return None
        return found.pk

    def whole(self, raw: object, at: str, least: int, most: int) -> int | None:
        if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
            said = _("Expected a whole number from %(least)s to %(most)s.")
            self.refuse(at, said % {"least": f"{least:,}", "most": f"{most:,}"})
            return None
        return raw

    def percent(self, raw: object, at: str, most: int) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal) or not 0 <= raw <= most:
            self.refuse(at, _("Expected a share from %(least)s to %(most)s.") % {"least": 0, "most": most})
            return 0.0
        return float(raw)

    def time(self, raw: object, at: str) -> time | None:
        if isinstance(raw, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", raw):
            return time.fromisoformat(raw)
        self.refuse(at, _("Expected a time of day, such as 09:00."))
        return None

    def zone(self, raw: Raw, at: str) -> Zone:
        zone = raw.get("zone", "contact")
        if zone not in ("contact", "account"):
            self.refuse(f"{at}/zone", _("Expected one of: %(words)s.") % {"words": "contact, account"})
            return "contact"
        return cast("Zone", zone)

    def span(self, raw: Raw, at: str, *, n: str = "n") -> timedelta | None:
        """`n` is the key under which the number was written where it is told of."""
        number, unit = self.whole(raw.get("n"), f"{at}/{n}", 1, 100_000), raw.get("unit")
        if unit not in UNITS:
            self.refuse(f"{at}/unit", _("Expected one of: %(words)s.") % {"words": ", ".join(UNITS)})
            return None
        if number is None:
            return None
        if number * UNITS[unit] > LONGEST_WAIT:
            self.refuse(f"{at}/{n}", _("Nobody waits longer than two years."))
            return None
        return number * UNITS[unit]
