"""Pictures for messages: drawn anew, small, public, and nothing that is no picture."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pictures
from PIL.PngImagePlugin import PngInfo

from campaigns import images
from campaigns.models import Image
from crmseg.access.models import ApiKey
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "https://crm.example.org"


def picture(size=(40, 30), kind="PNG", mode="RGB", **options):
    file = io.BytesIO()
    Pictures.new(mode, size, (255, 0, 0, 120) if mode == "RGBA" else "red").save(file, kind, **options)
    return file.getvalue()


def received(data, name="a.png"):
    return images.receive(io.BytesIO(data), name=name, actor=MARKETER)


def drawn(client, address):
    answer = client.get(address.removeprefix("https://crm.example.org"))
    assert answer.status_code == 200
    return Pictures.open(io.BytesIO(b"".join(answer.streaming_content))), answer


def test_a_picture_is_shown_to_anybody_and_kept_for_a_year(client):
    image = received(picture(), "../../My photo.png")
    assert (image.name, image.kind, image.width, image.height) == ("My photo.png", "png", 40, 30)
    shown, answer = drawn(client, images.url(image))
    assert shown.size == (40, 30)
    assert answer["Content-Type"] == "image/png"
    assert "max-age=31536000" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_large_picture_becomes_narrow_with_narrower_copies(client):
    image = received(picture((3000, 1500), "JPEG"), "wide.jpg")
    assert (image.width, image.height, image.kind) == (1200, 600, "jpg")
    assert drawn(client, images.url(image))[0].size == (1200, 600)
    assert drawn(client, images.url(image, 600))[0].size == (600, 300)
    assert drawn(client, images.url(image, 300))[0].size == (300, 150)
    small = received(picture((200, 100)), "small.png")
    assert images.url(small, 600) == images.url(small)


def test_the_same_picture_is_kept_once():
    assert received(picture()).pk == received(picture(), "other.png").pk
    assert Image.objects.count() == 1


def test_what_was_written_beside_the_pixels_is_gone():
    told = PngInfo()
    told.add_text("Comment", "taken at home")
    data = picture(kind="PNG", pnginfo=told)
    exif = Pictures.Exif()
    exif[0x010E], exif[0x0112] = "secret place", 6
    turned = picture((40, 30), "JPEG", exif=exif)
    assert b"taken at home" in data
    assert b"secret place" in turned
    assert b"taken at home" not in images.path(received(data)).read_bytes()
    upright = received(turned, "a.jpg")
    assert b"secret place" not in images.path(upright).read_bytes()
    assert (upright.width, upright.height) == (30, 40)


def test_what_mail_programs_cannot_show_becomes_what_they_can():
    assert received(picture(kind="WEBP")).kind == "jpg"
    assert received(picture(kind="WEBP", mode="RGBA", lossless=True)).kind == "png"
    frames = [Pictures.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=80)
    moving = received(file.getvalue())
    with Pictures.open(images.path(moving)) as kept:
        assert (moving.kind, kept.n_frames) == ("gif", 3)


def bomb():
    """A small file that says it is enormous."""
    data = picture((1, 1))
    width = (60_000).to_bytes(4, "big")
    return data[:16] + width + width + data[24:]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>',
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        picture()[:60],
        picture(kind="BMP"),
        picture(kind="TIFF"),
        bomb(),
        picture() + b"\0" * images.LARGEST_FILE,
    ],
    ids=["nothing", "text", "svg", "html", "pdf", "cut", "bmp", "tiff", "bomb", "large"],
)
def test_what_is_refused(data):
    with pytest.raises(InvalidInput) as refused:
        received(data)
    assert refused.value.problems[0].pointer == "/file"
    assert not Image.objects.exists()


def test_a_page_hidden_behind_a_picture_is_not_kept():
    image = received(picture() + b"<script>alert(1)</script>")
    assert b"script" not in images.path(image).read_bytes()


@pytest.mark.parametrize(
    "name", ["../secret_key", "x.png", "a" * 64 + ".svg", "a" * 64 + "-999.png", "%2e%2e/secret_key"]
)
def test_addresses_that_name_no_picture(client, name):
    assert client.get(f"/i/{name}").status_code == 404


def test_a_picture_of_a_message_cannot_be_deleted_and_another_can():
    image = received(picture())
    draft(list_of(subscriber()), body_html=f'<img src="{images.url(image)}" alt="x">')
    with pytest.raises(Conflict, match="Spring"):
        images.delete(image.pk, actor=MARKETER)
    other = received(picture((900, 9)))
    file = images.path(other)
    assert file.exists()
    images._forget([file])
    images.delete(other.pk, actor=MARKETER)
    assert not Image.objects.filter(pk=other.pk).exists()


def test_programs_upload_list_and_delete_pictures(client):
    _key, secret = ApiKey.objects.create_key(name="app", scope="full")
    headers = {"Authorization": f"Bearer {secret}"}
    sent = {"file": SimpleUploadedFile("a.png", picture(), "image/png"), "name": "Logo"}
    made = client.post("/api/v1/campaigns/images/", sent, headers=headers)
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["name"], row["width"], row["url"][:26]) == ("Logo", 40, "https://crm.example.org/i/")
    assert [one["id"] for one in client.get("/api/v1/campaigns/images/", headers=headers).json()["results"]] == [
        row["id"]
    ]
    assert client.post("/api/v1/campaigns/images/", {"name": "x"}, headers=headers).status_code == 400
    svg = {"file": SimpleUploadedFile("a.png", b"<svg/>", "image/png")}
    assert client.post("/api/v1/campaigns/images/", svg, headers=headers).json()["problems"][0]["pointer"] == "/file"
    assert client.delete(f"/api/v1/campaigns/images/{row['id']}/", headers=headers).status_code == 204
    assert client.get(f"/api/v1/campaigns/images/{row['id']}/", headers=headers).status_code == 404
