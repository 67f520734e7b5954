"""Contacts chosen by the lists they are in and were in: as an address, as a query, and as a definition to save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.stages import name_of

from ..models import LedgerEntry, Membership
from .overlap import MOST_LISTS

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Choice:
    """In all of `within`, in some of `any_of`, in none of `without`; at the instant `at`, in all of `was_in` and in
    none of `was_out`; in the lifecycle `stage`, where "" is an unknown one and None any."""

    within: Ids = ()
    any_of: Ids = ()
    without: Ids = ()
    was_in: Ids = ()
    was_out: Ids = ()
    at: datetime | None = None
    stage: str | None = None

    @property
    def ids(self) -> Ids:
        """Every list that is named, each once."""
        return tuple(dict.fromkeys((*self.within, *self.any_of, *self.without, *self.was_in, *self.was_out)))

    @property
    def asks_nothing(self) -> bool:
        return not (self.within or self.any_of or self.was_in)

    @property
    def query(self) -> str:
        """As the parameters of an address."""
        found = QueryDict(mutable=True)
        for name, ids in self._named().items():
            if ids:
                found[name] = ",".join(map(str, ids))
        if self.at:
            found["at"] = self.at.isoformat()
        if self.stage is not None:
            found["stage"] = self.stage
        return found.urlencode(safe=",:")

    def contacts(self) -> QuerySet[Contact]:
        found = Contact.objects.all()
        for pk in self.within:
            found = found.filter(_member_of(pk))
        if self.any_of:
            found = found.filter(_member_of(*self.any_of))
        if self.without:
            found = found.filter(~_member_of(*self.without))
        if self.at:
            for pk in self.was_in:
                found = found.filter(_last_move(pk, self.at, LedgerEntry.Change.ENTERED))
            for pk in self.was_out:
                found = found.exclude(_last_move(pk, self.at, LedgerEntry.Change.ENTERED))
        if self.stage is not None:
            found = found.filter(lifecycle_stage=self.stage or None)
        return found

    def definition(self) -> dict[str, Any]:
        nodes: list[dict[str, Any]] = [_in(pk) for pk in self.within]
        if self.any_of:
            nodes.append({"any": [_in(pk) for pk in self.any_of]})
        nodes += [{"segment": pk, "op": "not_in"} for pk in self.without]
        if self.at:
            then = self.at.isoformat()
            nodes += [{"segment": pk, "op": "was_in", "at": then} for pk in self.was_in]
            nodes += [{"not": {"segment": pk, "op": "was_in", "at": then}} for pk in self.was_out]
        if self.stage is not None:
            stage = {"op": "is", "value": self.stage} if self.stage else {"op": "is_unknown"}
            nodes.append({"property": "lifecycle_stage", **stage})
        return {"all": nodes}

    def title(self, names: Mapping[int, str]) -> str:
        """A name for the people chosen, which may be the name of a new list."""
        said = []
        if self.within:
            said.append(_(" and ").join(names[pk] for pk in self.within))
        if self.any_of:
            said.append(_(" or ").join(names[pk] for pk in self.any_of))
        if self.was_in:
            said.append(_("before in %(lists)s") % {"lists": _(" and ").join(names[pk] for pk in self.was_in)})
        if self.stage is not None:
            said.append(name_of(self.stage) or _("Stage unknown"))
        if self.without:
            said.append(_("not %(lists)s") % {"lists": _(" or ").join(names[pk] for pk in self.without)})
        return ", ".join(said)

    def _named(self) -> dict[str, Ids]:
        return {
            "in": self.within,
            "any": self.any_of,
            "out": self.without,
            "was": self.was_in,
            "was_out": self.was_out,
        }


def read_choice(query: QueryDict) -> Choice:
    """From an address; what cannot be read is left out."""
    at = _instant(query.get("at", ""))
    stage = query.get("stage")
    return Choice(
        within=read_ids(query.get("in", "")),
        any_of=read_ids(query.get("any", "")),
        without=read_ids(query.get("out", "")),
        was_in=read_ids(query.get("was", "")) if at else (),
        was_out=read_ids(query.get("was_out", "")) if at else (),
        at=at,
        stage=None if stage is None else stage[:100],
    )


def read_ids(text: str) -> Ids:
    """`1,2,3`: each once, and no more than can be compared."""
    found = [int(part) for part in text[:200].split(",") if part.isascii() and part.isdecimal() and len(part) < 16]
    return tuple(dict.fromkeys(found))[:MOST_LISTS]


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text[:40].replace(" ", "+"))
    except ValueError:
        return None
    return None if found is None or is_naive(found) else found


def _in(pk: int) -> dict[str, Any]:
    return {"segment": pk, "op": "in"}


def _member_of(*ids: int) -> Exists:
    return Exists(Membership.objects.filter(segment__in=ids, contact_id=OuterRef("pk")))


def _last_move(pk: int, at: datetime, change: str) -> Any:
    """Whether the last move of the contact in this list, up to that instant, was such a one."""
    moves = LedgerEntry.objects.filter(segment_id=pk, contact_id=OuterRef("contact_id"), at__lte=at)
    last = moves.order_by("-at", "-id").values("pk")[:1]
    entries = LedgerEntry.objects.filter(segment_id=pk, contact_id=OuterRef("pk"), at__lte=at, change=change)
    return Exists(entries.filter(pk=Subquery(last)))
