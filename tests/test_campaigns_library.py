"""The message library (templates, shared blocks, pictures) and past versions of a campaign, on their pages."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pictures

from campaigns.content import blocks, saved
from campaigns.models import Block, Campaign, CampaignVersion, Image, SavedTemplate
from campaigns.services import update_campaign
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor

from .campaign_worlds import MARKETER, draft, list_of, started, subscriber
from .test_campaigns_designing import MJML as DESIGNED
from .test_campaigns_pages import html, mia, vera

pytestmark = pytest.mark.django_db
__all__ = ["mia", "vera"]
MJML = DESIGNED.replace("<mj-section>", "\n<mj-section>")
LIBRARY = "/campaigns/library/"
SECTION = "<mj-section><mj-column><mj-text>Yours, us</mj-text></mj-column></mj-section>"
OTTO = Actor("user", "Otto")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def red(name="red.png", width=40):
    file = io.BytesIO()
    Pictures.new("RGB", (width, 20), "red").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue())


def template(name="Ours"):
    return saved.save_template(None, name=name, subject="Hello", body_mjml=MJML, actor=MARKETER)


def block(name="Footer"):
    return blocks.save_block(None, name=name, body_mjml=SECTION, actor=MARKETER)


def said(response):
    return html(response.client.get(response.url))


def test_each_empty_shelf_says_what_it_is_for_and_has_its_address(mia):
    assert "No template of your own yet" in html(mia.get(LIBRARY))
    assert "No shared block yet" in html(mia.get(f"{LIBRARY}?show=blocks"))
    assert "No picture was uploaded yet" in html(mia.get(f"{LIBRARY}?show=pictures"))
    assert "No template of your own yet" in html(mia.get(f"{LIBRARY}?show=nothing"))
    assert f'href="{LIBRARY}"' in html(mia.get("/campaigns/"))


def test_a_template_is_renamed_begun_from_and_deleted(mia):
    own = template()
    at = f"{LIBRARY}templates/{own.pk}/"
    words = {"subject": own.subject, "body_mjml": own.body_mjml}
    assert "Saved." in said(mia.post(at, words | {"name": "Spring"}))
    assert SavedTemplate.objects.get().name == "Spring"
    shown = html(mia.get(LIBRARY))
    assert f'name="template" value="saved-{own.pk}"' in shown
    mia.post(at, {"name": "Spring", "subject": own.subject, "body_mjml": own.body_mjml.replace("\n", "\r\n")})
    begun = mia.post("/campaigns/new/", {"template": f"saved-{own.pk}"})
    assert begun.url == f"/campaigns/{Campaign.objects.get(body_mjml=MJML).pk}/edit/"
    mia.post(f"{at}delete/")
    assert not SavedTemplate.objects.exists()
    actions = AuditEntry.objects.filter(object_type="savedtemplate").order_by("pk").values_list("action", flat=True)
    assert [*actions] == ["created", "updated", "deleted"]


def test_a_template_that_cannot_be_kept_says_why_at_its_field(mia):
    own, _other = template(), template("Taken")
    wrong = mia.post(f"{LIBRARY}templates/{own.pk}/", {"name": "Taken", "body_mjml": MJML})
    assert wrong.status_code == 400
    assert 'id="id_name_problem">There is a template of this name already.' in wrong.content.decode()


def test_the_writing_page_keeps_what_stands_on_it_as_a_template(mia):
    campaign = draft(list_of(), body_html="", body_mjml=MJML)
    assert "Save as template" in html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    given = {"template_name": "Kept", "subject": "Not saved yet", "body_mjml": MJML.replace("\n", "\r\n")}
    assert "“Kept” is kept." in html(mia.post(f"/campaigns/{campaign.pk}/keep/", given))
    kept = SavedTemplate.objects.get()
    assert (kept.name, kept.subject, kept.body_mjml) == ("Kept", "Not saved yet", MJML)
    assert "already" in html(mia.post(f"/campaigns/{campaign.pk}/keep/", given))
    assert SavedTemplate.objects.count() == 1


def test_a_block_is_written_and_its_faults_are_shown_at_the_field(mia):
    made = mia.post(f"{LIBRARY}blocks/new/", {"name": "Footer", "body_mjml": SECTION})
    footer = Block.objects.get()
    assert made.url == f"{LIBRARY}blocks/{footer.pk}/"
    assert "Footer" in html(mia.get(f"{LIBRARY}?show=blocks"))
    assert "Yours, us" in html(mia.get(f"{made.url}look/"))
    wrong = mia.post(made.url, {"name": "Footer", "body_mjml": "<mj-section>{% if %}</mj-section>"})
    assert wrong.status_code == 400
    assert 'id="id_body_mjml_problem"' in wrong.content.decode()
    footer.refresh_from_db()
    assert footer.body_mjml == SECTION


def test_a_block_in_use_says_where_and_stays(mia):
    footer = block()
    at = f"{LIBRARY}blocks/{footer.pk}/"
    assert "In no campaign yet" in html(mia.get(at))
    campaign = draft(list_of(), body_html="", body_mjml=MJML.replace("</mj-body>", '{% block "Footer" %}</mj-body>'))
    assert f'href="/campaigns/{campaign.pk}/"' in html(mia.get(at))
    assert "The block is used by: Spring." in said(mia.post(f"{at}delete/"))
    update_campaign(campaign.pk, data={"body_mjml": MJML}, actor=MARKETER)
    assert "was deleted" in said(mia.post(f"{at}delete/"))
    assert not Block.objects.exists()


def test_a_picture_is_uploaded_shown_with_its_measures_and_deleted(mia):
    assert "The picture is here." in said(mia.post(f"{LIBRARY}images/", {"file": red()}))
    kept = Image.objects.get()
    shown = html(mia.get(f"{LIBRARY}?show=pictures"))
    assert "red.png" in shown
    assert "40 × 20" in shown
    assert f'/i/{kept.digest}.png" alt=""' in shown
    assert f'data-copy="#picture-{kept.pk}"' in shown
    assert "was deleted" in said(mia.post(f"{LIBRARY}images/{kept.pk}/delete/"))
    assert not Image.objects.exists()


def test_a_file_that_is_no_picture_is_refused_at_its_field(mia):
    wrong = mia.post(f"{LIBRARY}images/", {"file": SimpleUploadedFile("x.png", b"no picture")})
    assert wrong.status_code == 400
    assert 'id="id_file_problem">This is not a picture' in wrong.content.decode()
    assert mia.post(f"{LIBRARY}images/").status_code == 400


def test_a_picture_that_a_message_shows_stays(mia):
    mia.post(f"{LIBRARY}images/", {"file": red()})
    kept = Image.objects.get()
    draft(list_of(), body_html=f'<img src="/i/{kept.digest}.png" alt="Red">')
    assert "Messages show this picture: Spring." in said(mia.post(f"{LIBRARY}images/{kept.pk}/delete/"))
    assert Image.objects.exists()


def test_versions_say_who_changed_what_and_lead_back(mia):
    campaign = draft(list_of(), subject="One")
    update_campaign(campaign.pk, data={"subject": "Two", "body_text": "Words"}, actor=OTTO)
    at = f"/campaigns/{campaign.pk}/versions/"
    shown = html(mia.get(at))
    assert "Began with: Subject, HTML" in shown
    assert "Changed: Subject, Plain text" in shown
    assert "Subject: Two" in shown
    assert "Otto" in shown
    assert 'data-dialog="#restore-1"' in shown
    assert 'data-dialog="#restore-2"' not in shown
    assert "says again what it said in version 1." in said(mia.post(f"{at}1/restore/"))
    campaign.refresh_from_db()
    assert (campaign.subject, campaign.body_text) == ("One", "")
    assert mia.post(f"{at}9/restore/").status_code == 404
    assert f'href="{at}"' in html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert f'href="{at}"' in html(mia.get(f"/campaigns/{campaign.pk}/edit/"))


def test_versions_of_what_was_sent_are_read_only(mia):
    campaign = started(list_of(subscriber()))
    at = f"/campaigns/{campaign.pk}/versions/"
    assert "data-dialog=" not in html(mia.get(at)).split("versions-title")[-1]
    assert "cannot be changed" in said(mia.post(f"{at}1/restore/"))


def test_an_empty_draft_has_no_versions_yet(mia):
    mia.post("/campaigns/new/", {"name": "Empty"})
    campaign = Campaign.objects.get()
    assert "Nothing was written yet" in html(mia.get(f"/campaigns/{campaign.pk}/versions/"))


def test_viewers_read_and_change_nothing(vera):
    own, footer, campaign = template(), block(), draft(list_of())
    assert "Begin a campaign" not in html(vera.get(LIBRARY))
    assert "mj-column" in html(vera.get(f"{LIBRARY}blocks/{footer.pk}/"))
    assert "Upload a picture" not in html(vera.get(f"{LIBRARY}?show=pictures"))
    assert "Version 1" in html(vera.get(f"/campaigns/{campaign.pk}/versions/"))
    refused = (
        f"{LIBRARY}templates/{own.pk}/",
        f"{LIBRARY}templates/{own.pk}/delete/",
        f"{LIBRARY}blocks/new/",
        f"{LIBRARY}blocks/{footer.pk}/",
        f"{LIBRARY}blocks/{footer.pk}/delete/",
        f"{LIBRARY}images/",
        f"{LIBRARY}images/1/delete/",
        f"/campaigns/{campaign.pk}/keep/",
        f"/campaigns/{campaign.pk}/versions/1/restore/",
    )
    assert {address: vera.post(address).status_code for address in refused} == dict.fromkeys(refused, 403)


@pytest.mark.parametrize("shelf", ["templates", "blocks", "pictures"])
def test_a_shelf_asks_as_much_for_many_as_for_few(mia, django_assert_max_num_queries, shelf):
    def fill(turn):
        if shelf == "templates":
            template(f"Template {turn}")
        elif shelf == "blocks":
            block(f"Block {turn}")
        else:
            mia.post(f"{LIBRARY}images/", {"file": red(width=10 + turn)})

    fill(0)
    mia.get(f"{LIBRARY}?show={shelf}")
    with django_assert_max_num_queries(50) as few:
        mia.get(f"{LIBRARY}?show={shelf}")
        asked = len(few)
    for turn in range(1, 4):
        fill(turn)
    with django_assert_max_num_queries(asked):
        mia.get(f"{LIBRARY}?show={shelf}")


def test_versions_ask_as_much_for_many_as_for_few(mia, django_assert_max_num_queries):
    campaign = draft(list_of())
    at = f"/campaigns/{campaign.pk}/versions/"
    update_campaign(campaign.pk, data={"subject": "First"}, actor=OTTO)
    mia.get(at)
    with django_assert_max_num_queries(50) as few:
        mia.get(at)
        asked = len(few)
    more = (CampaignVersion(campaign=campaign, number=turn, words={"subject": f"{turn}"}) for turn in range(3, 63))
    CampaignVersion.objects.bulk_create(more)
    with django_assert_max_num_queries(asked + 1):  # and the one before the last of the page
        assert "of 62" in html(mia.get(at))
    assert "Began with" in html(mia.get(f"{at}?page=2"))
