"""Lists, consent, colleagues and chance, as clauses about the contact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..nodes import Bucket, Colleagues, Consented, InSegment, PastSegment, Reachable
from ..schema import Catalogue
from ..windows import Span
from . import times, values


def in_segment(node: InSegment, catalogue: Catalogue) -> str:
    words = {"name": _list(node.segment_id, catalogue)}
    return (_("is not in the list “%(name)s”") if node.negated else _("is in the list “%(name)s”")) % words


def past_segment(node: PastSegment, catalogue: Catalogue) -> str:
    words = {"name": _list(node.segment_id, catalogue)}
    match node.operator.key, node.operand:
        case "joined_in", None:
            said = _("once joined the list “%(name)s”") % words
        case "left_in", None:
            said = _("once left the list “%(name)s”") % words
        case "member_for", Span() as span:
            words["span"] = times.length(span)
            said = _("has been in the list “%(name)s” for at least %(span)s") % words
        case "was_in", date() as at:
            words["at"] = values.instant(at, values.own_zone(node.zone, catalogue.zone))
            said = _("was in the list “%(name)s” on %(at)s") % words
        case key, window:
            assert window is not None
            assert not isinstance(window, Span | date)
            words["when"] = times.when(window, catalogue, node.zone)
            joined = _("joined the list “%(name)s” %(when)s")
            said = (joined if key == "joined_in" else _("left the list “%(name)s” %(when)s")) % words
    return values.clocks(said, node.zone)


def consented(node: Consented) -> str:
    words = {"by": _by(node.channel), "topic": node.topic}
    match node.operator.key, bool(node.topic):
        case "subscribed", True:
            return _("is subscribed to “%(topic)s” %(by)s") % words
        case "subscribed", False:
            return _("is subscribed %(by)s") % words
        case "unsubscribed", True:
            return _("is unsubscribed from “%(topic)s” %(by)s") % words
        case "unsubscribed", False:
            return _("is unsubscribed %(by)s") % words
        case _, True:
            return _("never answered about “%(topic)s” %(by)s") % words
        case _:
            return _("never answered about messages %(by)s") % words


def reachable(node: Reachable) -> str:
    return _("can be reached %(by)s") % {"by": _by(node.channel)}


def colleagues(node: Colleagues) -> str:
    """Of how many the inner condition holds; it follows in parentheses."""
    match node.quantity:
        case "any":
            return _("at least one colleague matches")
        case "all":
            return _("there are colleagues and every one matches")
        case "none":
            return _("no colleague matches")
        case n:
            said = ngettext("at least %(n)s colleague matches", "at least %(n)s colleagues match", n)
            return said % {"n": values.number(n)}


def bucket(node: Bucket) -> str:
    size = values.percent(round(Decimal(node.high - node.low + 1) * 100 / node.of, 4))
    words = {
        "share": size,
        "low": values.number(node.low),
        "high": values.number(node.high),
        "of": values.number(node.of),
        "salt": node.salt,
    }
    if node.salt:
        said = _("is in a random sample of %(share)s (numbers %(low)s to %(high)s of %(of)s, drawn with “%(salt)s”)")
    else:
        said = _("is in a random sample of %(share)s (numbers %(low)s to %(high)s of %(of)s)")
    return said % words


def _list(segment_id: int, catalogue: Catalogue) -> str:
    return catalogue.segments[segment_id].name if segment_id in catalogue.segments else f"#{segment_id}"


def _by(channel: str) -> str:
    match channel:
        case "email":
            return _("by e-mail")
        case "sms":
            return _("by SMS")
        case "phone":
            return _("by phone")
        case "whatsapp":
            return _("by WhatsApp")
        case _:
            return _("by “%(channel)s”") % {"channel": channel}
