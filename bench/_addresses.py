"""Every page and part of a page that people open, by name, with a busy example of what it shows."""

from __future__ import annotations

from datetime import timedelta

HOME = "home"
PARTS = frozenset(
    {
        "home: numbers",
        "home: to mend",
        "jobs: tray",
        "contact: timeline",
        "company: sums",
        "company: timeline",
        "events: chart",
        "events: arriving",
        "attribute: chart",
        "list: standing",
        "list: goal",
        "list: warnings",
        "list: pulse",
        "list: chart of sizes",
        "list: overlap with one",
        "compare: growth",
        "compare: overlap",
        "compare: movements",
        "compare: people",
        "campaign: reach",
        "churn: retention",
        "churn: against the own past",
    }
)
"""What a page asks for once it stands, so that nobody waits for it before reading."""


def addresses(ids: dict[str, int]) -> dict[str, str]:
    """`ids`: one thing of each kind. The name of a part begins with its page's."""
    return {**_shell(), **_people(ids), **_data(ids), **_lists(ids), **_comparing(ids), **_campaigns(ids), **_worth()}


def _shell() -> dict[str, str]:
    from django.urls import reverse

    return {
        HOME: reverse("web:home"),
        "home: numbers": reverse("web:home_numbers"),
        "home: to mend": reverse("web:home_mending"),
        "search": reverse("web:search") + "?q=company+77",
        "settings": reverse("access:account"),
        "profile": reverse("access:profile"),
        "people": reverse("access:people"),
        "keys": reverse("access:keys"),
        "senders": reverse("access:senders"),
        "retention": reverse("access:retention"),
        "health": reverse("access:health"),
        "audit log": reverse("access:audit"),
        "audit log: searched": reverse("access:audit") + "?q=bench",
        "jobs": reverse("jobs:list"),
        "jobs: tray": reverse("jobs:tray"),
    }


def _people(ids: dict[str, int]) -> dict[str, str]:
    from django.urls import reverse

    from contacts.saved_views import keep_filter

    one, company, table = [ids["contact"]], [ids["company"]], reverse("contacts:list")
    italian = keep_filter({"property": "country", "op": "is", "value": "IT"})
    ordered = {"event": "Order Completed", "op": "gte", "value": 1, "window": {"last": 30, "unit": "day"}}
    spent = keep_filter({"property": "total_revenue", "op": "gte", "value": 100})
    wide = "name,email,stage,country,city,interests,lists,company,company.industry,attributes.plan,attributes.score"
    return {
        "contacts": table,
        "contacts: leads": table + "?view=leads",
        "contacts: customers": table + "?view=customers",
        "contacts: a name": table + "?q=Last+4711",
        "contacts: a common name": table + "?q=first",
        "contacts: of a company": table + "?q=company+77",
        "contacts: by name": table + "?sort=name",
        "contacts: by company": table + "?sort=company",
        "contacts: by place, turned": table + "?sort=-place",
        "contacts: many columns": f"{table}?columns={wide}",
        "contacts: page 100": table + "?page=100",
        "contacts: page 200 of leads": table + "?view=leads&page=200",
        "contacts: in a list": table + f"?segment={ids['list']}",
        "contacts: filtered": f"{table}?filter={italian}",
        "contacts: filtered by events": f"{table}?filter={keep_filter(ordered)}",
        "contacts: filtered by worth": f"{table}?filter={spent}",
        "contacts: by revenue": table + "?columns=name,computed.total_revenue&sort=-computed.total_revenue",
        "contact": reverse("contacts:contact", args=one),
        "contact: timeline": reverse("contacts:timeline", args=one),
        "contact: merge": reverse("contacts:merge", args=one),
        "new contact": reverse("contacts:new"),
        "companies": reverse("contacts:companies"),
        "companies: a name": reverse("contacts:companies") + "?q=company+77",
        "companies: by contacts": reverse("contacts:companies") + "?sort=-contacts",
        "company": reverse("contacts:company", args=company),
        "company: sums": reverse("contacts:company-sums", args=company),
        "company: timeline": reverse("contacts:company-timeline", args=company),
        "new company": reverse("contacts:company-new"),
        "duplicates": reverse("contacts:duplicates"),
    }


def _data(ids: dict[str, int]) -> dict[str, str]:
    from django.urls import reverse

    kind, country = [ids["event_type"]], ["contact", "country"]
    return {
        "imports": reverse("contacts:imports"),
        "new import": reverse("contacts:import-new"),
        "exports": reverse("contacts:exports"),
        "events": reverse("contacts:events"),
        "events: by people": reverse("contacts:events") + "?sort=-people",
        "events: chart": reverse("contacts:events-chart") + "?days=365&by=week",
        "events: arriving": reverse("contacts:events-tail") + "?since=0",
        "event": reverse("contacts:event_type", args=kind),
        "event: of a property": reverse("contacts:event_type", args=kind) + "?property=category&value=Music",
        "attributes": reverse("contacts:attributes"),
        "attribute": reverse("contacts:attribute", args=country),
        "attribute: chart": reverse("contacts:attribute-chart", args=country),
        "attribute: change of type": reverse("contacts:attribute-type", args=["contact", "score"]),
        "new attribute": reverse("contacts:attribute-new"),
        "topics": reverse("contacts:topics"),
    }


def _lists(ids: dict[str, int]) -> dict[str, str]:
    from django.urls import reverse

    from crmseg.common import clock

    listed, table = [ids["list"]], reverse("segments:list")
    page, moves = reverse("segments:segment", args=listed), reverse("segments:ledger", args=listed)
    return {
        "lists": table,
        "lists: by size": table + "?sort=-size",
        "lists: a name": table + "?q=bench+1",
        "lists: archived": table + "?archived=1",
        "gallery": reverse("segments:gallery"),
        "new list": reverse("segments:new"),
        "new static list": reverse("segments:new_static"),
        "list": page,
        "list: the oldest": page + "?sort=entered_at",
        "list: by name": page + "?sort=name",
        "list: by company": page + "?sort=company",
        "list: by country": page + "?sort=-country",
        "list: a name": page + "?q=last+4711",
        "list: a common name": page + "?q=first",
        "list: page 100": page + "?page=100",
        "list: an hour ago": f"{page}?at={clock.now() - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "list: standing": reverse("segments:standing", args=listed),
        "list: goal": reverse("segments:goal", args=listed),
        "list: warnings": reverse("segments:warnings", args=listed),
        "list: pulse": reverse("segments:pulse", args=listed),
        "list: chart of sizes": reverse("segments:size_chart", args=listed),
        "list: entered and left": moves,
        "list: who left": moves + "?change=left",
        "list: moved by events": moves + "?cause=event",
        "list: moves of a name": moves + "?q=last+4711",
        "list: versions": reverse("segments:versions", args=listed),
        "list: overlap": reverse("segments:overlap", args=listed),
        "list: overlap with one": reverse("segments:overlap_pair", args=[ids["list"], ids["second_list"]]),
        "list: about": reverse("segments:about", args=listed),
        "list: pins": reverse("segments:pins", args=listed),
        "list: waiting": reverse("segments:waiting", args=listed),
        "list: test a contact": reverse("segments:explain", args=listed) + f"?contact={ids['contact']}",
        "builder": reverse("segments:edit", args=listed),
        "builder: filter": reverse("segments:filter"),
        "builder: branches": reverse("segments:branches") + f"?branch_list={ids['list']}",
        "audits": reverse("segments:audits"),
    }


def _comparing(ids: dict[str, int]) -> dict[str, str]:
    from django.urls import reverse

    both = f"?ids={ids['list']},{ids['second_list']}"
    return {
        "compare": reverse("segments:compare") + both,
        "compare: growth": reverse("segments:compare_growth") + both,
        "compare: overlap": reverse("segments:compare_overlap") + both,
        "compare: movements": reverse("segments:compare_movements") + both,
        "compare: people": reverse("segments:compare_people") + both,
    }


def _campaigns(ids: dict[str, int]) -> dict[str, str]:
    from django.urls import reverse

    return {
        "campaigns": reverse("campaigns:list"),
        "calendar": reverse("campaigns:calendar"),
        "campaign": reverse("campaigns:campaign", args=[ids["campaign"]]),
        "campaign: reach": reverse("campaigns:reach", args=[ids["campaign"]]),
        "campaign: audience": reverse("campaigns:audience", args=[ids["campaign"]]),
        "campaign: editor": reverse("campaigns:edit", args=[ids["campaign"]]),
        "campaign: sends": reverse("campaigns:sends", args=[ids["campaign"]]),
        "outbox": reverse("campaigns:outbox"),
        "automations": reverse("automations:list"),
        "surveys": reverse("surveys:list"),
        "tasks": reverse("tasks:list"),
    }


def _worth() -> dict[str, str]:
    from django.urls import reverse

    return {
        "value": reverse("worth:value"),
        "RFM": reverse("worth:rfm"),
        "lifetime": reverse("worth:lifetime"),
        "churn": reverse("worth:churn"),
        "churn: retention": reverse("worth:retention"),
        "churn: against the own past": reverse("worth:change"),
        "leads": reverse("leads:queue"),
        "score models": reverse("leads:models"),
    }
