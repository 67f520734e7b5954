"""A forgotten password, and a second factor."""

import re

import pytest
from aiosmtpd.controller import Controller
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.test import Client

from crmseg.access.models import User
from crmseg.embedded.valkey import free_port

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


class Inbox:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
def inbox(settings):
    inbox = Inbox()
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    yield inbox.messages
    controller.stop()


@pytest.fixture
def ada():
    return User.objects.create_user("ada@example.org", PASSWORD, name="Ada")


def test_a_forgotten_password_is_reset_by_mail_at_our_own_address(client, ada, inbox, settings):
    settings.PUBLIC_URL = "https://crm.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/accounts/password/reset/", {"email": "ada@example.org"}, headers={"Host": "evil.example"})
    link = re.search(r"https?://\S+", inbox[0].replace("=\r\n", ""))[0]
    assert link.startswith("https://crm.example.org/accounts/password/reset/key/")
    assert client.get(link.removeprefix("https://crm.example.org"), follow=True).status_code == 200


def test_nobody_learns_who_has_an_account(client, ada, inbox):
    answers = [client.post("/accounts/password/reset/", {"email": f"{who}@example.org"}) for who in ("ada", "eve")]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert len(inbox) == 1


def test_without_a_mail_server_an_administrator_helps(client, ada):
    assert "Ask an administrator" in client.get("/accounts/password/reset/").content.decode()
    assert client.post("/accounts/password/reset/", {"email": "ada@example.org"}).status_code == 200


def test_a_mail_server_that_is_away_breaks_no_page(client, ada, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    assert client.post("/accounts/password/reset/", {"email": "ada@example.org"}).status_code == 302


def code_for(secret):
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"


def sign_in(client):
    return client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD}, follow=True)


def prove(client):
    """Changes of how one signs in ask for the password once more."""
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_a_second_factor_is_asked_for_once_it_is_set_up(client, ada):
    sign_in(client)
    prove(client)
    form = client.get("/accounts/2fa/totp/activate/")
    secret = form.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_for(secret)})
    codes = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]

    guest = Client()
    assert sign_in(guest).redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    assert guest.get("/settings/profile/").status_code == 302
    assert guest.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert guest.post("/accounts/2fa/authenticate/", {"code": codes[0]})["Location"] == "/"
    assert guest.get("/settings/profile/").status_code == 200

    again = Client()
    sign_in(again)
    assert again.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "works once"


def test_the_pages_of_the_second_factor_open(client, ada):
    sign_in(client)
    prove(client)
    for address in ("/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/password/change/"):
        page = client.get(address)
        assert page.status_code == 200
        assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", page.content.decode()), address
