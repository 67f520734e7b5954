"""Conditions on lists: who is in now, who came and went, who was in then."""

from __future__ import annotations

from datetime import date

from ..nodes import InSegment, PastSegment
from ..sql import Params
from ..windows import Ago, Between, Last, Previous, Span, This
from . import windows

_CHANGES = {"joined_in": "entered", "left_in": "left"}


def in_segment(node: InSegment, params: Params) -> str:
    """Whether the contact `c` is in the list, by its membership row."""
    pk = params.add(node.segment_id, "bigint")
    found = f"EXISTS (SELECT FROM {params.members} AS m WHERE m.contact_id = c.id AND m.segment_id = {pk})"
    return f"(NOT {found})" if node.negated else found


def past_segment(node: PastSegment, params: Params) -> str:
    """Whether the ledger says so of the contact `c`; never NULL."""
    match node.operator.key, node.operand:
        case "joined_in" | "left_in", None | Last() | Ago() | Between() | This() | Previous() as window:
            return f"EXISTS (SELECT {_ledger(node, params)} AND {windows.inside('l.at', window, params, node.zone)})"
        case "member_for", Span() as span:
            return f"EXISTS (SELECT {_membership(node, params)} AND m.entered_at <= {params.before(span, node.zone)})"
        case "was_in", date() as at:
            last = f"SELECT l.change = 'entered' {_ledger(node, params)} AND {_until(at, node, params)}"
            return f"COALESCE(({last} ORDER BY l.at DESC, l.id DESC LIMIT 1), false)"
        case _:
            raise TypeError("The loader gives each question about a list its own operand.")


def past_flips(node: PastSegment, params: Params) -> list[str]:
    """The next instants at which time alone may change the answer."""
    match node.operator.key, node.operand:
        case "joined_in" | "left_in", Last() | Ago() | Between() | This() | Previous() as window:
            return [f"(SELECT min({windows.flip('l.at', window, params, node.zone)}) {_ledger(node, params)})"]
        case "member_for", Span() as span:
            moment = windows.flip("m.entered_at", Ago(span.n, span.n, span.unit), params, node.zone)
            return [f"(SELECT min({moment}) {_membership(node, params)})"]
        case _:
            return []


def _ledger(node: PastSegment, params: Params) -> str:
    pk = params.add(node.segment_id, "bigint")
    change = _CHANGES.get(node.operator.key)
    only = f" AND l.change = '{change}'" if change else ""
    return f"FROM segments_ledgerentry AS l WHERE l.contact_id = c.id AND l.segment_id = {pk}{only}"


def _membership(node: PastSegment, params: Params) -> str:
    pk = params.add(node.segment_id, "bigint")
    return f"FROM segments_membership AS m WHERE m.contact_id = c.id AND m.segment_id = {pk}"


def _until(at: date, node: PastSegment, params: Params) -> str:
    instant = windows.limits(Between(None, at), params, node.zone)[1]
    return f"l.at <= {instant}"
