"""Read the conditions on consent, reach, colleagues and chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext as _

from .channels import ADDRESSES
from .nodes import Bucket, Colleagues, Consented, Node, Reachable
from .operators import for_consents
from .reader import Kind, Raw, Reader

LARGEST_SPLIT = 1_000_000
MOST_COLLEAGUES = 1_000_000


def consent(reader: Reader, raw: Raw, at: str) -> Node | None:
    channel = reader.name(raw["consent"], f"{at}/consent", _("Expected a channel, such as “email”."))
    topic: str | None = ""
    if raw.get("topic"):
        topic = reader.name(raw["topic"], f"{at}/topic", _("Expected the name of a topic."))
    fitting = {one.key: one for one in for_consents()}
    key = raw.get("op", "subscribed")
    if not isinstance(key, str) or key not in fitting:
        said = _("Use one of: %(names)s.") % {"names": ", ".join(fitting)}
        reader.refuse(f"{at}/op", said + (reader.did_you_mean(key, fitting) if isinstance(key, str) else ""))
        return None
    return Consented(channel, fitting[key], topic) if channel is not None and topic is not None else None


def reachable(reader: Reader, raw: Raw, at: str) -> Node | None:
    channel = raw["reachable"]
    if isinstance(channel, str) and channel in ADDRESSES:
        return Reachable(channel)
    said = _("Expected a channel: %(names)s.") % {"names": ", ".join(ADDRESSES)}
    return reader.refuse(f"{at}/reachable", said)


def colleagues(reader: Reader, raw: Raw, at: str) -> Node | None:
    quantity = _quantity(reader, raw["colleagues"], f"{at}/colleagues")
    if reader.place == "colleagues":
        return reader.refuse(at, _("Colleagues of colleagues are the same people: take the inner group out."))
    if "of" not in raw:
        return reader.refuse(at, _("Say what holds of the colleagues: “of” is missing."))
    with reader.inside("colleagues"):
        child = reader.node(raw["of"], f"{at}/of")
    return Colleagues(quantity, child) if quantity is not None and child is not None else None


def bucket(reader: Reader, raw: Raw, at: str) -> Node | None:
    of = reader.whole(raw.get("of"), f"{at}/of" if "of" in raw else at, 1, LARGEST_SPLIT)
    ends, salt = raw["bucket"], raw.get("salt", "")
    if not isinstance(ends, list) or len(ends) != 2:
        return reader.refuse(f"{at}/bucket", _("Expected two whole numbers: from and to."))
    if salt != "":
        salt = reader.name(salt, f"{at}/salt", _("Expected a text."))
    if of is None or salt is None:
        return None
    low, high = (reader.whole(end, f"{at}/bucket/{place}", 0, of - 1) for place, end in enumerate(ends))
    if low is None or high is None:
        return None
    if low > high:
        return reader.refuse(f"{at}/bucket", _("The first value is larger than the second: nothing can lie between."))
    return Bucket(low, high, of, salt)


def _quantity(reader: Reader, raw: object, at: str) -> Literal["any", "all", "none"] | int | None:
    match raw:
        case "any" | "all" | "none":
            return raw
        case Mapping() if set(raw) == {"at_least"}:
            return reader.whole(raw["at_least"], f"{at}/at_least", 1, MOST_COLLEAGUES)
        case int() if not isinstance(raw, bool):
            return reader.whole(raw, at, 1, MOST_COLLEAGUES)
        case _:
            return reader.refuse(at, _("Expected “any”, “all”, “none”, or {“at_least”: 2}."))


KINDS = (
    Kind("consent", frozenset({"topic", "op"}), consent),
    Kind("reachable", frozenset(), reachable),
    Kind("colleagues", frozenset({"of"}), colleagues),
    Kind("bucket", frozenset({"of", "salt"}), bucket),
)
