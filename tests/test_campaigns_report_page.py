"""The report's page and what is shared of it: every number leads to its people, and a link shows no person at all."""

import re
from datetime import timedelta

import pytest

from campaigns import sharing
from campaigns.models import Campaign, Reaction, Send, ShareLink
from crmseg.access.models import AuditEntry, User
from crmseg.common import clock

from .campaign_worlds import MARKETER, draft, list_of
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def mia(client):
    client.force_login(User.objects.create_user("mia@example.org", "a long password for tests", role="marketer"))
    return client


@pytest.fixture
def campaign():
    """Sent nine hours ago to three people, of whom one opened and clicked; a fourth is held out."""
    people = [ContactFactory(first_name=f"Person{n}", email=f"p{n}@report.example") for n in range(4)]
    began = clock.now() - 9 * HOUR
    made = Campaign.objects.create(
        name="Spring",
        subject="Hello",
        body_html='<p><a href="https://shop.example/a">One</a> <a href="https://shop.example/b">Two</a></p>',
        include=[list_of(*people, name="Friends").pk],
        state="sent",
        started_at=began,
        finished_at=began,
        waterfall={"in_lists": 4},
    )
    rows = [{"state": "sent", "sent_at": began} for _ in range(3)] + [{"state": "skipped", "reason": "held_out"}]
    sends = [
        Send.objects.create(campaign=made, contact_id=contact.pk, address=contact.email, **row)
        for contact, row in zip(people, rows, strict=True)
    ]
    Send.objects.filter(pk=sends[0].pk).update(opened_at=began + HOUR, clicked_at=began + HOUR)
    for kind, place, url in (("opened", 0, ""), ("clicked", 2, "https://shop.example/b")):
        Reaction.objects.create(
            campaign=made, send=sends[0], kind=kind, at=began + HOUR, place=place, url=url, key=f"{kind}", client="Mail"
        )
    return made


def html(response, status=200):
    assert response.status_code == status, response.content[:500]
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_report_says_what_became_of_everyone_and_leads_to_them(mia, campaign):
    page = html(mia.get(f"/campaigns/{campaign.pk}/report/"))
    assert "Held out to measure the effect" in page
    assert "Too small to tell" in page
    assert "https://shop.example/b" in page
    assert "Friends" in page
    opened = re.search(rf'href="(/campaigns/{campaign.pk}/sends/\?reaction=opened)"', page)
    people = html(mia.get(opened[1]))
    assert "p0@report.example" in people
    assert "p1@report.example" not in people


def test_the_way_of_a_campaign_over_time_is_a_chart_with_its_own_data(mia, campaign):
    drawn = mia.get(f"/campaigns/{campaign.pk}/report/course/").json()
    lines = {series["name"]: sum(series["values"]) for series in drawn["series"]}
    assert lines == {"Sent": 3, "Opened": 1, "Clicked": 1}


def test_the_message_shows_the_share_of_clicks_beside_each_link(mia, campaign):
    shown = html(mia.get(f"/campaigns/{campaign.pk}/report/links/"))
    shares = re.findall(r"<span[^>]*>([^<]*%)</span>", shown)
    assert [re.sub(r"\W", "", share) for share in shares] == ["0", "100"]
    assert "sandbox" in mia.get(f"/campaigns/{campaign.pk}/report/links/")["Content-Security-Policy"]


def test_a_draft_has_no_report_yet(mia):
    campaign = draft(list_of())
    assert mia.get(f"/campaigns/{campaign.pk}/report/")["Location"] == f"/campaigns/{campaign.pk}/"
    mia.post(f"/campaigns/{campaign.pk}/report/share/")
    assert not ShareLink.objects.exists()


def test_whoever_holds_a_shared_link_reads_numbers_and_nobodys_name(mia, client, campaign):
    mia.post(f"/campaigns/{campaign.pk}/report/share/")
    url = sharing.url(ShareLink.objects.get())
    path = url[url.index("/r/") :]
    assert url in html(mia.get(f"/campaigns/{campaign.pk}/report/"))
    client.logout()
    answer = client.get(path)
    page = html(answer)
    assert "Spring" in page
    assert answer["X-Robots-Tag"] == "noindex"
    assert "report.example" not in page
    assert f"/campaigns/{campaign.pk}/" not in page
    assert client.get(f"{path}course/").json()["kind"] == "line"


def test_a_revoked_or_altered_link_opens_nothing(client, campaign):
    link = sharing.share(campaign, actor=MARKETER)
    path = sharing.url(link)[sharing.url(link).index("/r/") :]
    assert client.get(path).status_code == 200
    assert client.get(path.replace(f"/{link.pk}.", f"/{link.pk + 1}.")).status_code == 404
    sharing.revoke(campaign, link.pk, actor=MARKETER)
    assert "No report here" in html(client.get(path), 404)
    assert client.get(f"{path}course/").status_code == 404
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["shared", "revoked"]


def test_viewers_read_the_report_and_share_nothing(client, campaign):
    client.force_login(User.objects.create_user("vera@example.org", "a long password for tests", role="viewer"))
    assert "Share by a link" not in html(client.get(f"/campaigns/{campaign.pk}/report/"))
    assert client.post(f"/campaigns/{campaign.pk}/report/share/").status_code == 403
    assert not ShareLink.objects.exists()


def test_what_is_taken_to_be_delivered_leads_to_all_of_them(mia, campaign):
    page = html(mia.get(f"/campaigns/{campaign.pk}/report/"))
    for step, people in (("delivered", 3), ("converted", 0), ("reachable", 4), ("not_held_out", 3)):
        url = f"/campaigns/{campaign.pk}/sends/?step={step}"
        assert f'href="{url}"' in page
        shown = html(mia.get(url))
        assert len(set(re.findall(r"p\d@report\.example", shown))) == people
