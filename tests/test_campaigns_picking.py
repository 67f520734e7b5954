"""What messages are made from, picked while writing: templates, blocks and pictures."""

import io

import pytest
from PIL import Image as Pictures

from campaigns.content import blocks, gallery, saved
from campaigns.models import Campaign, Image

from .campaign_worlds import MARKETER, draft, list_of
from .test_campaigns_designing import MJML
from .test_campaigns_pages import html, mia, person

pytestmark = pytest.mark.django_db
__all__ = ["mia"]


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_campaign_begins_from_a_template_of_ours_or_of_its_own(mia):
    own = saved.save_template(None, name="Ours", subject="Hello", body_mjml=MJML, actor=MARKETER)
    shown = html(mia.get("/campaigns/new/"))
    assert 'value="newsletter"' in shown
    assert f'value="saved-{own.pk}"' in shown
    mia.post("/campaigns/new/", {"name": "From ours", "template": f"saved-{own.pk}"})
    mia.post("/campaigns/new/", {"name": "News", "template": "newsletter"})
    assert Campaign.objects.get(name="From ours").body_mjml == MJML
    news = Campaign.objects.get(name="News")
    assert news.body_mjml == gallery.get("newsletter", "en").body_mjml
    assert news.subject
    assert mia.post("/campaigns/new/", {"name": "x", "template": "nothing"}).status_code == 404


def test_every_template_shows_itself_in_a_frame_that_runs_nothing(mia):
    for one in gallery.listing("en"):
        shown = mia.get(f"/campaigns/templates/{one.key}/look/")
        assert shown["Content-Security-Policy"].startswith("sandbox")
        assert "Liquid" not in html(shown)
    assert mia.get("/campaigns/templates/saved-99/look/").status_code == 404


def test_a_template_takes_the_place_of_the_words_and_leaves_the_subject(mia):
    campaign = draft(list_of(), body_html="", body_mjml=MJML)
    at = f"/campaigns/{campaign.pk}/templates/"
    assert "takes the place" in html(mia.get(at))
    assert mia.post(at, {"template": "welcome"}).url == f"/campaigns/{campaign.pk}/edit/#message"
    campaign.refresh_from_db()
    assert campaign.body_mjml != MJML
    assert campaign.subject.startswith("Hello")


def test_a_picture_is_uploaded_and_offered(mia):
    assert "No picture was uploaded yet" in html(mia.get("/campaigns/pictures/"))
    file = io.BytesIO()
    Pictures.new("RGB", (40, 20), "red").save(file, "PNG")
    file.seek(0)
    file.name = "red.png"
    shown = html(mia.post("/campaigns/pictures/", {"file": file}))
    assert Image.objects.get().digest in shown
    assert "red.png" in shown
    refused = io.BytesIO(b"no picture")
    refused.name = "x.png"
    assert 'class="problem"' in html(mia.post("/campaigns/pictures/", {"file": refused}))


def test_blocks_are_offered_where_there_are_some(mia):
    campaign = draft(list_of())
    assert "Insert a block" not in html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    blocks.save_block(None, name="Footer", body_mjml="<mj-section></mj-section>", actor=MARKETER)
    assert "<option>Footer</option>" in html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    assert "Footer" in html(mia.get(f"/campaigns/{campaign.pk}/design/"))


def test_viewers_pick_nothing(client):
    client.force_login(person("viewer"))
    assert client.get("/campaigns/pictures/").status_code == 403
    assert client.post(f"/campaigns/{draft(list_of()).pk}/templates/").status_code == 403
