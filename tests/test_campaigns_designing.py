"""The visual editor's page: who opens it, what it may load, and that designs are kept like everything written."""

import re

import pytest

from campaigns import services

from .campaign_worlds import MARKETER, draft, list_of
from .test_campaigns_pages import html, mia, person

pytestmark = pytest.mark.django_db
__all__ = ["mia"]
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"


def seen_in(page):
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def test_the_page_may_style_and_still_runs_no_inline_script(mia):
    campaign = draft(list_of(), body_html="", body_mjml=MJML)
    page = mia.get(f"/campaigns/{campaign.pk}/design/")
    policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
    assert "'unsafe-inline'" in policy["style-src"]
    assert "unsafe" not in policy["script-src"]
    assert policy["connect-src"] == "'self'"
    assert "unsafe-inline" not in mia.get(f"/campaigns/{campaign.pk}/edit/")["Content-Security-Policy"]
    shown = html(page)
    assert "&lt;mj-text&gt;Hello" in shown
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=", shown)


def test_a_design_is_kept_with_the_state_for_the_next_time(mia):
    campaign = draft(list_of())
    seen = seen_in(html(mia.get(f"/campaigns/{campaign.pk}/design/")))
    at = f"/campaigns/{campaign.pk}/design/save/"
    answer = mia.post(at, {"body_mjml": MJML.replace("<mj-body>", "\r\n<mj-body>"), "seen": seen}).json()
    assert answer["problems"] == []
    campaign.refresh_from_db()
    assert campaign.body_mjml == MJML.replace("<mj-body>", "\n<mj-body>")
    again = mia.post(at, {"body_mjml": MJML, "seen": answer["seen"]})
    assert again.status_code == 200
    refused = mia.post(at, {"body_mjml": MJML, "seen": seen})
    assert refused.status_code == 409
    assert mia.post(at, {"body_mjml": "", "seen": seen, "keep": refused.json()["seen"]}).status_code == 200


def test_what_cannot_be_used_is_told_and_not_kept(mia):
    campaign = draft(list_of(), body_mjml=MJML)
    answer = mia.post(f"/campaigns/{campaign.pk}/design/save/", {"body_mjml": MJML.replace("Hello", "{{ broken")})
    assert answer.json()["problems"]
    campaign.refresh_from_db()
    assert campaign.body_mjml == MJML


def test_a_language_has_its_own_design(mia):
    campaign = draft(list_of(), body_html="", body_mjml=MJML, translations={"it": {"subject": "Ciao"}})
    assert "Italian" in html(mia.get(f"/campaigns/{campaign.pk}/design/?language=it"))
    mia.post(f"/campaigns/{campaign.pk}/design/save/", {"body_mjml": MJML.replace("Hello", "Ciao"), "language": "it"})
    campaign.refresh_from_db()
    assert "Ciao" in campaign.translations["it"]["body_mjml"]
    assert campaign.translations["it"]["subject"] == "Ciao"
    assert campaign.body_mjml == MJML


def test_only_drafts_are_designed_and_only_by_marketers(mia, client):
    campaign = draft(list_of(), holdout=0)
    services.start_campaign(campaign.pk, actor=MARKETER)
    assert mia.get(f"/campaigns/{campaign.pk}/design/").status_code == 302
    client.force_login(person("viewer"))
    assert client.get(f"/campaigns/{campaign.pk}/design/").status_code == 403
    assert client.post(f"/campaigns/{campaign.pk}/design/save/").status_code == 403
