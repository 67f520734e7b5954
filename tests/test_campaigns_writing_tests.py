"""The test of a campaign on its writing page, and what a look over the message tells there."""

import pytest

from .campaign_worlds import draft, list_of, subscriber
from .test_campaigns_designing import MJML
from .test_campaigns_pages import html, mia, person

pytestmark = pytest.mark.django_db
__all__ = ["mia"]


def test_a_test_begins_with_two_arms_and_ends_with_the_last_but_one(mia):
    campaign = draft(list_of(subscriber()))
    at = f"/campaigns/{campaign.pk}/"
    assert "Begin a test" in html(mia.get(f"{at}edit/"))
    shown = html(mia.post(f"{at}arms/"))
    assert "Arm A <span" in shown.replace("</legend>", "")
    assert "Remove arm B" in shown
    assert "Remove arm C" in html(mia.post(f"{at}arms/"))
    assert "Remove arm A" not in html(mia.post(f"{at}arms/A/remove/"))
    assert campaign.arms.count() == 2
    assert "Begin a test" in html(mia.post(f"{at}arms/B/remove/"))
    assert not campaign.arms.exists()


def test_an_arm_keeps_what_it_does_differently(mia):
    campaign = draft(list_of(subscriber()))
    at = f"/campaigns/{campaign.pk}/"
    mia.post(f"{at}arms/")
    written = {"arm-subject": "Another", "arm-weight": "2", "arm-variables": "price = 19.90\nproduct = Tea"}
    said = mia.post(f"{at}arms/B/", written)
    assert said["HX-Trigger"] == "arms"
    arm = campaign.arms.get(key="B")
    assert (arm.subject, arm.weight, arm.variables) == ("Another", 2, {"price": 19.9, "product": "Tea"})
    assert "price = 19.9\nproduct = Tea" in mia.get(f"{at}edit/").content.decode()
    assert 'class="problem"' in html(mia.post(f"{at}arms/B/", {"arm-subject": "{{ broken"}))
    assert 'class="problem"' in html(mia.post(f"{at}arms/B/", {"arm-variables": "a b = 1"}))
    assert mia.post(f"{at}arms/Z/", {}).status_code == 404


def test_an_arm_has_a_message_of_its_own(mia):
    campaign = draft(list_of(), body_html="", body_mjml=MJML)
    mia.post(f"/campaigns/{campaign.pk}/arms/")
    assert "Arm B" in html(mia.get(f"/campaigns/{campaign.pk}/design/?arm=B"))
    mia.post(f"/campaigns/{campaign.pk}/design/save/", {"body_mjml": MJML.replace("Hello", "Bye"), "arm": "B"})
    assert "Bye" in campaign.arms.get(key="B").body_mjml
    campaign.refresh_from_db()
    assert campaign.body_mjml == MJML


def test_the_planner_says_what_the_test_can_show(mia):
    campaign = draft(list_of(subscriber(), subscriber()))
    at = f"/campaigns/{campaign.pk}/arms/"
    assert html(mia.get(f"{at}plan/")).strip() == ""
    mia.post(at)
    assert "Each arm is tried on 1 person" in html(mia.get(f"{at}plan/"))


def test_each_finding_leads_to_its_place(mia):
    campaign = draft(list_of(subscriber()), subject="", translations={"it": {"subject": "Ciao {{ contact.city }}"}})
    shown = html(mia.get(f"/campaigns/{campaign.pk}/preflight/"))
    assert 'href="#id_subject"' in shown
    assert "Must be mended" in shown


def test_viewers_change_no_arms(client):
    campaign = draft(list_of())
    client.force_login(person("viewer"))
    assert client.post(f"/campaigns/{campaign.pk}/arms/").status_code == 403
    assert client.get(f"/campaigns/{campaign.pk}/preflight/").status_code == 200
