"""A campaign's report as its page shows it: numbers in the reader's language, each with the people behind it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.web import formats

from .. import audience
from ..models import Campaign, Send
from ..tracking import clients
from ..unsubscribe import REASONS
from . import presenting

Row = dict[str, Any]
RATES: dict[str, str | Promise] = {
    "delivered": gettext_lazy("Delivered"),
    "opened": gettext_lazy("Opened"),
    "clicked": gettext_lazy("Clicked"),
    "converted": gettext_lazy("Converted"),
    "unsubscribed": gettext_lazy("Unsubscribed"),
    "bounced": gettext_lazy("Bounced"),
}
VERDICTS: dict[str, str | Promise] = {
    "more": gettext_lazy("It worked"),
    "less": gettext_lazy("It did harm"),
    "none": gettext_lazy("No measurable effect"),
    "too_small": gettext_lazy("Too small to tell"),
    "no_holdout": gettext_lazy("Not measured"),
    "no_goal": gettext_lazy("Not measured"),
    "not_started": gettext_lazy("Not measured"),
    "waiting": gettext_lazy("Too early to tell"),
    "cancelled": gettext_lazy("Not measured"),
}
TONES = {"more": "good", "less": "bad"}
DEVICES: dict[str, str | Promise] = {
    clients.PHONE: gettext_lazy("phone"),
    clients.TABLET: gettext_lazy("tablet"),
    clients.DESKTOP: gettext_lazy("computer"),
}
TEST_STATES: dict[str, str | Promise] = {
    "planned": gettext_lazy("Planned"),
    "running": gettext_lazy("Running"),
    "decided": gettext_lazy("Decided"),
    "cancelled": gettext_lazy("Cancelled"),
}


def shown(campaign: Campaign, found: Row, *, names_people: bool) -> Row:
    """What the page's templates need. `names_people`: numbers lead to the people behind them."""
    currency = found["currency"]
    return {
        "campaign": campaign,
        "as_of": datetime.fromisoformat(found["as_of"]),
        "total": found["waterfall"]["in_lists"],
        "steps": [_step(campaign, step, names_people) for step in found["steps"]],
        "delivered_is_assumed": found["delivered_by"] == "no_bounce" and bool(found["sent"]),
        "rates": _rates(campaign, found, names_people),
        "revenue": formats.money(found["revenue"], currency) if campaign.goal_amount else "",
        "revenue_per_person": _money(found["rates"]["revenue_per_person"], currency) if campaign.goal_amount else "",
        "machine_opened": found["counts"]["machine_opened"],
        "uplift": _uplift(found["uplift"], currency),
        "test": found["test"] and found["test"] | {"said": TEST_STATES[found["test"]["state"]]},
        "metric": campaign.get_test_metric_display(),
        "arms": [_arm(campaign, arm, currency, names_people) for arm in found["arms"]],
        "has_course": bool(found["over_time"]),
        "links": [link | {"share_said": formats.percent(link["share"], 1)} for link in found["links"]],
        "clients": [_client(one) for one in found["clients"]],
        "reasons": [row | {"said": REASONS.get(row["reason"], row["reason"])} for row in found["unsubscribe_reasons"]],
        "by_list": [_listed(row, currency) for row in found["by_list"]],
        "comparison": [_compared(row, currency) for row in found["comparison"]],
        "effects": [_effect(row) for row in found["membership_effect"]],
    }


def course(found: Row) -> Row:
    """What happened when, as a chart."""
    by_the_hour = found["over_time_step"] == "hour"
    labels = [row["at"][:16].replace("T", " ") if by_the_hour else row["at"][:10] for row in found["over_time"]]
    lines = {
        "sent": _("Sent"),
        "opened": _("Opened"),
        "clicked": _("Clicked"),
        "converted": _("Converted"),
        "unsubscribed": _("Unsubscribed"),
    }
    drawn = {key: name for key, name in lines.items() if any(row[key] for row in found["over_time"])}
    series = [{"name": name, "values": [row[key] for row in found["over_time"]]} for key, name in drawn.items()]
    return {"kind": "line", "labels": labels, "series": series}


def _step(campaign: Campaign, step: Row, names_people: bool) -> Row:
    return step | {
        "url": presenting.sends_url(campaign, **_asked(step["key"])) if names_people else "",
        "lost": [_lost(campaign, lost, names_people) for lost in step["lost"]],
    }


def _asked(key: str) -> dict[str, str]:
    """What leads to exactly the people that a number of the report counts."""
    if key == "in_lists":
        return {}
    if key == "sent":
        return {"state": str(Send.State.SENT)}
    return {"reaction": key} if key in {"opened", "clicked", "unsubscribed", "bounced"} else {"step": key}


def _lost(campaign: Campaign, lost: Row, names_people: bool) -> Row:
    reason = lost["reason"]
    is_skipped = reason in audience.REASONS
    label = audience.REASONS[reason] if is_skipped else Send.State(reason).label
    query = {"state": str(Send.State.SKIPPED), "reason": reason} if is_skipped else {"state": reason}
    return lost | {"label": label, "url": presenting.sends_url(campaign, **query) if names_people else ""}


def _rates(campaign: Campaign, found: Row, names_people: bool) -> list[Row]:
    return [
        {
            "label": label,
            "rate": _percent(found["rates"][key]),
            "people": found["counts"][key],
            "url": presenting.sends_url(campaign, **_asked(key)) if names_people else "",
        }
        for key, label in RATES.items()
    ]


def _uplift(uplift: Row, currency: str) -> Row:
    conversion, revenue = uplift["conversion"], uplift["revenue"]
    rows = []
    if conversion and uplift["verdict"] != "too_small":
        rows.append({"label": _("Conversions per 100 people"), **_both(conversion, lambda rate: _hundred(rate))})
    if revenue and rows:
        rows.append({"label": _("Revenue per person"), **_both(revenue, lambda value: _money(value, currency))})
        if revenue["capped"]:
            label = _("Revenue per person, the largest orders counted up to %(most)s")
            capped = _both(revenue["capped"], lambda value: _money(value, currency))
            rows.append({"label": label % {"most": _money(revenue["capped"]["most"], currency)}, **capped})
    return uplift | {
        "said": VERDICTS[uplift["verdict"]],
        "tone": TONES.get(uplift["verdict"], "info"),
        "rows": rows,
        "until_said": datetime.fromisoformat(uplift["until"]) if uplift["until"] else None,
    }


def _both(found: Row, say: Any) -> Row:
    said = {key: say(found[key]) for key in ("treated", "held_out", "difference")}
    known = found["low"] is not None and found["high"] is not None
    between = _("%(low)s to %(high)s") % {"low": say(found["low"]), "high": say(found["high"])} if known else "–"
    return said | {"between": between}


def _arm(campaign: Campaign, arm: Row, currency: str, names_people: bool) -> Row:
    is_money = campaign.test_metric == Campaign.Metric.REVENUE
    say = (lambda value: _money(value, currency)) if is_money else _percent
    known = arm["low"] is not None and arm["high"] is not None
    return arm | {
        "url": presenting.sends_url(campaign, arm=arm["key"]) if names_people else "",
        "mean_said": say(arm["mean"]),
        "lift_said": "–" if arm["lift"] is None else formats.percent(arm["lift"], 1),
        "between": _("%(low)s to %(high)s") % {"low": say(arm["low"]), "high": say(arm["high"])} if known else "–",
    }


def _client(one: Row) -> Row:
    return one | {
        "device": DEVICES.get(one["device"], one["device"]),
        "share_said": formats.percent(one["share"], 1),
    }


def _listed(row: Row, currency: str) -> Row:
    sent = row["sent"]
    return row | {
        "opened_said": formats.percent(row["opened"], sent),
        "clicked_said": formats.percent(row["clicked"], sent),
        "converted_said": formats.percent(row["converted"], sent),
        "revenue_said": formats.money(round(row["revenue"], 2), currency),
    }


def _compared(row: Row, currency: str) -> Row:
    said = {f"{key}_said": _percent(row[key]) for key in ("opened", "clicked", "converted", "unsubscribed")}
    started = datetime.fromisoformat(row["started_at"]) if row["started_at"] else None
    return row | said | {"started": started, "revenue_said": _money(row["revenue_per_person"], currency)}


def _effect(row: Row) -> Row:
    return row | {
        "said": _("entered") if row["change"] == "entered" else _("left"),
        "rate_said": _percent(row["rate"]),
        "held_out_said": _percent(row["held_out_rate"]),
    }


def _percent(rate: float | None) -> str:
    return "–" if rate is None else formats.percent(rate, 1)


def _hundred(rate: float | None) -> str:
    return "–" if rate is None else formats.number(round(100 * rate, 2))


def _money(value: float | None, currency: str) -> str:
    return "–" if value is None else formats.money(round(value, 2), currency)
