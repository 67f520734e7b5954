"""What counts as an order, how digits and groups are made, what people cost, and when they lapse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import formats

from ... import money
from ...fields import FieldType
from ...models import AttributeDefinition, EventType
from ...worth import rules, settings
from ...worth.groups import USUAL

NEW_ROWS = 2
DIGITS = {"r": gettext_lazy("Recency"), "f": gettext_lazy("Frequency"), "m": gettext_lazy("Amount")}
_RANGE = re.compile(r"\s*([1-5])\s*(?:[-–]\s*([1-5])\s*)?")
_PLAIN = ("order_event", "refund_event", "rfm_event", "rfm_of")
_GAPS = ("shrink", "at_risk_gaps", "lost_gaps")


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def page(request: HttpRequest) -> HttpResponseBase:
    typed, problems = _typed(settings.out(rules.row())), []
    if request.method == "POST":
        if "usual" in request.POST:
            settings.change({"groups": None}, actor=actor_of(request))
            messages.success(request, _("The groups are the usual ten again."))
            return redirect("worth:rfm-settings")
        typed = _posted(request.POST)
        try:
            settings.change(_read(typed), actor=actor_of(request))
        except InvalidInput as error:
            problems = error.problems
        else:
            messages.success(request, _("Saved. Everybody is worked out anew within a minute or so."))
            return redirect("worth:rfm")
    context = {
        "typed": typed,
        "problems": problems,
        "wrong": _wrong(problems),
        "events": [*EventType.objects.order_by("name").values_list("name", flat=True)[:500]],
        "attributes": AttributeDefinition.objects.filter(
            entity=AttributeDefinition.Entity.CONTACT, type__in=[FieldType.NUMBER, FieldType.MONEY]
        ).order_by("label"),
        "currency": account.current().currency,
        "digits": [(digit, label, typed["edges"][digit]) for digit, label in DIGITS.items()],
    }
    return render(request, "worth/settings.html", context, status=400 if problems else 200)


def _typed(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept, as the form writes it."""
    cost = kept["cost"]
    return {
        **{name: kept[name] for name in _PLAIN},
        **{name: _plain(kept[name]) for name in _GAPS},
        "edges": {digit: ", ".join(f"{edge:f}" for edge in kept["edges"][digit] or ()) for digit in DIGITS},
        "groups": [
            {"key": one["key"], "name": _name(one), **{digit: _range(one[digit]) for digit in DIGITS}}
            for one in kept["groups"]
        ]
        + [{"key": "", "name": "", "r": "", "f": "", "m": ""}] * NEW_ROWS,
        "attribute": cost["attribute"] or "",
        "per_order": _amount(cost["per_order"]),
        "share": _plain(100 * cost["share_of_revenue"]),
        "per_event": "\n".join(f"{name} = {_amount(amount)}" for name, amount in cost["per_event"].items()),
    }


def _amount(value: Decimal) -> str:
    """Money with all digits that its currency has, and more where somebody gave more; without the thousands' marks."""
    least = money.exponent(account.current().currency)
    pattern = f"0.{'0' * least}{'#' * 12}" if least else f"0.{'#' * 12}"
    return format_decimal(value, format=pattern, locale=formats.locale(), decimal_quantization=False)


def _plain(value: object) -> str:
    return format_decimal(Decimal(str(value)), format="0.############", locale=formats.locale())


def _name(group: Mapping[str, Any]) -> str:
    """The usual ones in the reader's language."""
    usual = next((one for one in USUAL if one.key == group["key"] and one.name == group["name"]), None)
    return usual.label if usual else str(group["name"])


def _range(reach: list[int]) -> str:
    return str(reach[0]) if reach[0] == reach[1] else f"{reach[0]}-{reach[1]}"


def _posted(post: Any) -> dict[str, Any]:
    columns = [post.getlist(f"group_{name}") for name in ("key", "name", "r", "f", "m")]
    rows = [dict(zip(("key", "name", "r", "f", "m"), row, strict=True)) for row in zip(*columns, strict=False)]
    names = (*_PLAIN, *_GAPS, "attribute", "per_order", "share", "per_event")
    return {
        **{name: post.get(name, "").strip() for name in names},
        "edges": {digit: post.get(f"edges_{digit}", "").strip() for digit in DIGITS},
        "groups": rows,
    }


def _read(typed: Mapping[str, Any]) -> dict[str, Any]:
    """As the service takes it. What is no number goes there as it is, and is refused with its place."""
    share = _number(typed["share"] or "0")
    return {
        **{name: typed[name] for name in _PLAIN},
        **{name: typed[name].replace(",", ".") for name in _GAPS},
        "edges": {digit: _edges(typed["edges"][digit]) for digit in DIGITS},
        "groups": [_group(row) for row in typed["groups"] if row["name"].strip()],
        "cost": {
            "attribute": typed["attribute"],
            "per_order": typed["per_order"].replace(",", ".") or "0",
            "share_of_revenue": str(share / 100) if isinstance(share, float) else share,
            "per_event": _costs(typed["per_event"]),
        },
    }


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _edges(text: str) -> list[str] | None:
    return [one.strip() for one in re.split(r"[,;\s]+", text) if one.strip()] if text else None


def _group(row: Mapping[str, str]) -> dict[str, Any]:
    """A new one is called by its name; a usual one keeps the name that every language knows."""
    usual = next((one for one in USUAL if one.key == row["key"] and one.label == row["name"].strip()), None)
    key = row["key"] or re.sub(r"[^a-z0-9]+", "_", row["name"].casefold()).strip("_")[:60] or "group"
    name = usual.name if usual else row["name"].strip()
    return {"key": key if key[0].isalpha() else f"g_{key}", "name": name, **{one: _reach(row[one]) for one in DIGITS}}


def _reach(text: str) -> Any:
    if not text.strip():
        return [1, 5]
    found = _RANGE.fullmatch(text)
    return [int(found[1]), int(found[2] or found[1])] if found else text


def _costs(text: str) -> dict[str, str]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _equals, amount = line.rpartition("=")
        found[(name or amount).strip()] = amount.strip().replace(",", ".") if name else ""
    return found


def _wrong(problems: list[Problem]) -> dict[str, str]:
    """The first problem of each field of the form."""
    found: dict[str, str] = {}
    for problem in problems:
        parts = problem.pointer.strip("/").split("/")
        place = "_".join(parts[:2]) if parts[0] in ("edges", "cost", "groups") else parts[0]
        found.setdefault(place, problem.message)
    return found
