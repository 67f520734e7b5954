"""Senders, a required second factor, and the tabs of the settings."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from campaigns import draft
from campaigns.content.compose import Message
from campaigns.sending import mime
from crmseg.access import account, senders, services
from crmseg.access.models import AuditEntry, Sender, User
from crmseg.common.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh():
    senders.forget()
    account.forget()
    yield
    senders.forget()
    account.forget()


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada@example.org", "correct horse battery"))
    return client


def save(name: str, address: str, **more: object) -> Sender:
    saved = senders.save_sender(None, name=name, address=address, actor=SYSTEM, **more)
    senders.forget()
    return saved


def test_the_first_sender_is_the_standard_one_and_there_is_one_at_most():
    first = save("Ada", "ada@example.org")
    assert first.is_default
    save("Bob", "bob@example.org", is_default=True)
    assert [one.name for one in Sender.objects.filter(is_default=True)] == ["Bob"]


def test_campaigns_without_a_sender_take_the_standard_one():
    assert "no-reply@" in draft.default_sender()
    save("Ada, Ltd", "ada@example.org")
    assert draft.default_sender() == '"Ada, Ltd" <ada@example.org>'


def test_answers_go_where_the_sender_wants_them():
    save("Ada", "ada@example.org", reply_to="team@example.org")
    about = {
        "address": "b@example.org",
        "name": "Bob",
        "message_id": "<1@x>",
        "unsubscribe_url": "https://x.example/u/1",
    }
    message = Message(subject="Hello", html="", text="Hello")
    assert b"\r\nReply-To: team@example.org\r\n" in mime.write(message, sender="", **about).as_bytes()
    other = mime.write(message, sender="Eve <eve@example.org>", **about)
    assert b"Reply-To" not in other.as_bytes()


def test_the_editor_of_a_campaign_offers_the_senders(client: Client):
    save("Ada", "ada@example.org")
    client.force_login(User.objects.create_user("mark@example.org", role="marketer"))
    begun = client.post("/campaigns/new/", {"name": "Spring"}).headers["Location"]
    assert '<option value="Ada &lt;ada@example.org&gt;">' in client.get(begun).content.decode()


def test_senders_are_written_changed_and_deleted_on_their_page(admin: Client):
    admin.post("/settings/senders/", {"name": "Ada", "address": "ada@example.org"})
    pk = Sender.objects.get().pk
    admin.post(f"/settings/senders/{pk}/", {"name": "Ada L.", "address": "ada@example.org", "is_default": "on"})
    assert Sender.objects.get().name == "Ada L."
    admin.post(f"/settings/senders/{pk}/delete/")
    done = AuditEntry.objects.filter(object_type="sender").order_by("pk").values_list("action", flat=True)
    assert [*done] == ["created", "updated", "deleted"]


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Ada <x>", "address": "a@example.org"}, {"name": "Ada", "address": "nowhere"}, {"address": "a@b.org"}],
)
def test_a_wrong_sender_is_refused_at_its_field(admin: Client, wrong: dict[str, str]):
    answer = admin.post("/settings/senders/", wrong)
    assert answer.status_code == 400
    assert 'class="problem"' in answer.content.decode()


def test_the_same_sender_twice_is_refused(admin: Client):
    for _time in range(2):
        answer = admin.post("/settings/senders/", {"name": "Ada", "address": "ada@example.org"})
    assert "There is a sender with this name and address already." in answer.content.decode()


# A required second factor


def test_whoever_needs_a_second_factor_is_led_to_set_one_up(client: Client):
    user = User.objects.create_user("mark@example.org", "correct horse battery", role="marketer")
    client.force_login(user)
    services.update_account({"require_mfa": "admins"}, actor=SYSTEM)
    account.forget()
    assert client.get("/search/").status_code == 200
    services.update_account({"require_mfa": "everybody"}, actor=SYSTEM)
    account.forget()
    assert client.get("/search/")["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/api/v1/contacts/").status_code == 403
    assert client.get("/readyz").status_code in {200, 503}
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    assert client.get("/search/").status_code == 200


def test_administrators_may_be_asked_alone(admin: Client):
    services.update_account({"require_mfa": "admins"}, actor=SYSTEM)
    account.forget()
    assert admin.get("/settings/people/")["Location"] == "/accounts/2fa/totp/activate/"


def test_programs_are_not_asked_for_a_second_factor(client: Client):
    services.update_account({"require_mfa": "everybody"}, actor=SYSTEM)
    account.forget()
    _key, text = services.create_key(name="shop", scope="read", actor=SYSTEM)
    assert client.get("/api/v1/contacts/", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_the_page_to_set_it_up_shows_a_picture_to_scan_and_the_secret(admin: Client):
    admin.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    text = admin.get("/accounts/2fa/totp/activate/", follow=True).content.decode()
    assert "<svg" in text or "data:image/svg+xml" in text
