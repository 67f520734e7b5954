"""The page of what counts as worth: what it shows is what it saves, and what cannot be is refused at its field."""

from __future__ import annotations

import pytest

from contacts.worth import rules, settings
from contacts.worth.groups import USUAL
from crmseg.access import account
from crmseg.access import services as access
from crmseg.access.models import AuditEntry, User
from crmseg.common.actor import SYSTEM

pytestmark = pytest.mark.django_db
PLAIN = {
    "order_event": "Order Completed",
    "refund_event": "",
    "rfm_event": "",
    "rfm_of": "",
    "shrink": "3",
    "at_risk_gaps": "2",
    "lost_gaps": "4",
}


@pytest.fixture
def marketer(client):
    client.force_login(User.objects.create_user("m@set.example", "a long password", role="marketer", name="M"))
    return client


def test_saving_what_is_shown_changes_nothing(marketer):
    before = settings.out(rules.row())
    shown = marketer.get("/worth/rfm/settings/").context["typed"]
    posted = {name: shown[name] for name in (*PLAIN, "attribute", "per_order", "share", "per_event")}
    posted |= {f"edges_{digit}": edges for digit, edges in shown["edges"].items()}
    posted |= {f"group_{name}": [row[name] for row in shown["groups"]] for name in ("key", "name", "r", "f", "m")}
    assert marketer.post("/worth/rfm/settings/", posted).status_code == 302
    assert settings.out(rules.row()) == before
    assert not AuditEntry.objects.filter(object_type="worthsettings").exists()


def test_edges_costs_and_groups_are_saved(marketer):
    posted = PLAIN | {
        "edges_r": "30, 90, 180, 365",
        "edges_f": "2 4 8 16",
        "per_order": "1,50",
        "share": "5",
        "per_event": "Ticket Opened = 4.50",
        "group_key": ["", ""],
        "group_name": ["Best of all", ""],
        "group_r": ["4-5", ""],
        "group_f": ["5", ""],
        "group_m": ["", ""],
    }
    assert marketer.post("/worth/rfm/settings/", posted).status_code == 302
    known = rules.current()
    assert [int(edge) for edge in known.edges["r"]] == [30, 90, 180, 365]
    assert (known.groups[0].key, known.groups[0].r, known.groups[0].m) == ("best_of_all", (4, 5), (1, 5))
    assert float(known.cost.share) == 0.05
    assert float(known.cost.per_event["Ticket Opened"]) == 4.5
    assert marketer.post("/worth/rfm/settings/", {"usual": "1"}).status_code == 302
    assert rules.current().groups == USUAL


def test_what_cannot_be_is_refused_at_its_field_and_kept_in_the_form(marketer):
    for wrong, place in (
        ({"order_event": ""}, "order_event"),
        ({"edges_r": "1, 2"}, "edges_r"),
        ({"edges_m": "a, b, c, d"}, "edges_m"),
        ({"share": "much"}, "cost_share_of_revenue"),
        ({"per_event": "Ticket"}, "cost_per_event"),
        ({"lost_gaps": "1"}, "lost_gaps"),
        ({"attribute": "nothing"}, "cost_attribute"),
        ({"group_key": [""], "group_name": ["A"], "group_r": ["9"], "group_f": [""], "group_m": [""]}, "groups_0"),
    ):
        answer = marketer.post("/worth/rfm/settings/", PLAIN | wrong)
        assert answer.status_code == 400, wrong
        assert place in answer.context["wrong"], (wrong, answer.context["wrong"])


def test_only_marketers_may(client):
    client.force_login(User.objects.create_user("v@set.example", "a long password", role="viewer", name="V"))
    assert client.get("/worth/rfm/settings/").status_code == 403


def test_amounts_are_shown_as_the_account_counts_money_and_its_reader_writes_numbers(marketer):
    assert marketer.get("/worth/rfm/settings/").context["typed"]["per_order"] == "0.00"
    settings.change({"cost": {"per_order": "1234.5", "per_event": {"Ticket": "0.125"}}, "shrink": 2.5}, actor=SYSTEM)
    shown = marketer.get("/worth/rfm/settings/", headers={"accept-language": "it"}).context["typed"]
    assert (shown["per_order"], shown["per_event"], shown["shrink"]) == ("1234,50", "Ticket = 0,125", "2,5")
    access.update_account({"currency": "JPY"}, actor=SYSTEM)
    account.forget()
    assert marketer.get("/worth/rfm/settings/").context["typed"]["per_order"] == "1234.5"


@pytest.mark.parametrize("language", ["en", "it", "fr", "es"])
def test_saving_what_is_shown_changes_nothing_in_any_language(marketer, language):
    costs = {"per_order": "1234.5", "per_event": {"Ticket Opened": "0.125"}, "share_of_revenue": "0.055"}
    settings.change({"cost": costs, "shrink": 2.5, "lost_gaps": 7.25}, actor=SYSTEM)
    before = settings.out(rules.row())
    spoken = {"accept-language": language}
    shown = marketer.get("/worth/rfm/settings/", headers=spoken).context["typed"]
    posted = {name: shown[name] for name in (*PLAIN, "attribute", "per_order", "share", "per_event")}
    assert marketer.post("/worth/rfm/settings/", posted, headers=spoken).status_code == 302
    assert settings.out(rules.row()) == before
