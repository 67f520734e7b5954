"""The first-steps page, the settings, signing in, and the operators' admin."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from crmseg.access import account, first_steps, services
from crmseg.access.models import Account, ApiKey, AuditEntry, Role, User
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(first_steps, "_somebody_came", False)
    account.forget()
    yield
    account.forget()


@pytest.fixture
def ada():
    return User.objects.create_superuser("ada@example.org", PASSWORD, name="Ada")


@pytest.fixture
def admin_client(client, ada):
    client.force_login(ada)
    return client


def sign_in(client, email="ada@example.org", password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


# First steps


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/settings/keys/", "/admin/"])
def test_every_page_of_an_empty_instance_leads_to_the_first_steps(client, address):
    assert client.get(address)["Location"] == "/first-steps/"


def test_the_first_person_becomes_administrator_and_is_signed_in(client):
    answer = client.post("/first-steps/", {"name": "Ada", "email": "ada@example.org", "password": PASSWORD})
    assert answer["Location"] == "/first-steps/"
    assert "sample data" in client.get("/first-steps/").content.decode()
    assert (User.objects.get().role, User.objects.get().is_superuser) == ("admin", True)


def test_a_weak_password_is_refused_at_its_field(client):
    answer = client.post("/first-steps/", {"email": "ada@example.org", "password": "12345"})
    assert answer.status_code == 400
    assert "too short" in answer.content.decode()
    assert not User.objects.exists()


def test_nobody_else_can_use_the_first_steps(client, ada):
    assert client.get("/first-steps/")["Location"] == "/"
    client.post("/first-steps/", {"email": "eve@example.org", "password": PASSWORD})
    assert User.objects.get() == ada
    assert services.create_first_person(email="eve@example.org", password=PASSWORD) is None


def test_signing_up_is_closed(client, ada):
    answer = client.post("/accounts/signup/", {"email": "eve@example.org", "password1": PASSWORD})
    assert answer.status_code == 200
    assert User.objects.get() == ada


def test_the_command_makes_one_administrator_and_says_how_to_sign_in(client, capsys):
    call_command("ensure_admin")
    said = capsys.readouterr().out
    password = re.search(r"password (\S+)", said)[1]
    assert sign_in(client, "admin@example.org", password).status_code == 302
    call_command("ensure_admin")
    assert capsys.readouterr().out == ""


# Signing in


def test_signing_in_changes_the_session(client, ada):
    client.get("/accounts/login/")
    before = client.session.session_key
    assert sign_in(client)["Location"] == "/"
    assert client.session.session_key != before


def test_whatever_the_case_of_the_address(client, ada):
    assert sign_in(client, "ADA@example.org").status_code == 302


def test_guessing_passwords_locks_the_sign_in(client, ada):
    statuses = [sign_in(client, password=f"wrong {n}").status_code for n in range(9)]
    assert statuses == [200] * 7 + [429] * 2
    locked = sign_in(client, "ADA@example.org")
    assert (locked.status_code, locked["Retry-After"]) == (429, "900")
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


def test_the_admin_asks_for_the_usual_sign_in(client, ada):
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith("/accounts/login/")


# Settings


SETTINGS = ["/settings/account/", "/settings/people/", "/settings/keys/", "/settings/audit/"]


@pytest.mark.parametrize("address", [*SETTINGS, "/settings/profile/", "/first-steps/"])
def test_the_settings_open_for_administrators(admin_client, address):
    assert admin_client.get(address).status_code == 200


@pytest.mark.parametrize("address", SETTINGS)
def test_the_settings_stay_closed_for_others(client, address):
    user = User.objects.create_user("eve@example.org", PASSWORD, role=Role.MARKETER)
    assert client.get(address).status_code == 302
    client.force_login(user)
    assert client.get(address).status_code == 403
    assert client.get("/settings/")["Location"] == "/settings/profile/"


def test_the_account_is_saved_and_heard_of(admin_client, django_capture_on_commit_callbacks):
    wanted = {
        "name": "Acme",
        "time_zone": "Europe/Rome",
        "currency": "EUR",
        "language": "it",
        "fiscal_start_month": "4",
    }
    with django_capture_on_commit_callbacks(execute=True):
        assert admin_client.post("/settings/account/", wanted).status_code == 302
    assert account.current().time_zone == "Europe/Rome"
    entry = AuditEntry.objects.latest("id")
    assert (entry.actor, entry.changes["fiscal_start_month"]) == ("user:Ada", 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars"},
        {"currency": "XXXX"},
        {"fiscal_start_month": "13"},
        {"name": "a\x00b"},
        {"name": "x" * 201},
    ],
)
def test_a_wrong_account_is_refused(admin_client, wrong):
    good = {"time_zone": "UTC", "currency": "EUR", "language": "it", "fiscal_start_month": "4"}
    assert admin_client.post("/settings/account/", good | wrong).status_code == 400
    assert not Account.objects.exclude(time_zone="UTC").exists()


def test_an_invited_person_sets_a_password_and_signs_in(admin_client):
    page = admin_client.post("/settings/people/", {"email": "bob@example.org", "name": "Bob", "role": "marketer"})
    link = re.search(r'value="http://[^/]+(/accounts/[^"]+)"', page.content.decode())[1]
    guest = Client()
    form = guest.get(link, follow=True)
    answer = guest.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    assert sign_in(Client(), "bob@example.org").status_code == 302
    assert User.objects.get(email="bob@example.org").role == "marketer"


def test_a_password_link_works_once(admin_client):
    page = admin_client.post("/settings/people/", {"email": "bob@example.org", "name": "Bob", "role": "marketer"})
    link = re.search(r'value="http://[^/]+(/accounts/[^"]+)"', page.content.decode())[1]
    for password, works in ((PASSWORD, True), ("another long password", False)):
        guest = Client()
        address = guest.get(link, follow=True).redirect_chain[-1:] or [(link, 200)]
        guest.post(address[0][0], {"password1": password, "password2": password})
        assert User.objects.get(email="bob@example.org").check_password(password) is works


def test_nobody_is_invited_twice(admin_client):
    answer = admin_client.post("/settings/people/", {"email": "ADA@example.org", "role": "viewer"})
    assert answer.status_code == 400
    assert "already" in answer.content.decode()


def test_the_people_page_says_what_each_role_may_do(admin_client):
    page = admin_client.get("/settings/people/").content.decode()
    for words in ("Also writes notes about contacts.", "Also changes the facts, the stage and the owner of a contact."):
        assert words in page
    admin_client.post("/settings/people/", {"email": "sam@example.org", "role": "sales"})
    assert User.objects.get(email="sam@example.org").get_role_display() == "Sales"


def test_the_last_administrator_stays(ada):
    for change in ({"role": "viewer", "is_active": True}, {"role": "admin", "is_active": False}):
        with pytest.raises(Conflict):
            services.change_person(ada.pk, **change, actor=SYSTEM)


def test_another_role_counts_at_once(admin_client):
    bob = User.objects.create_user("bob@example.org", PASSWORD, role=Role.VIEWER)
    guest = Client()
    guest.force_login(bob)
    assert guest.get("/settings/keys/").status_code == 403
    admin_client.post(f"/settings/people/{bob.pk}/", {"role": "admin", "is_active": "on"})
    assert guest.get("/settings/keys/").status_code == 200
    admin_client.post(f"/settings/people/{bob.pk}/", {"role": "admin"})
    assert guest.get("/settings/keys/").status_code == 302


def test_a_key_is_shown_once_and_revoked(admin_client):
    page = admin_client.post("/settings/keys/", {"name": "shop", "scope": "read"}).content.decode()
    text = re.search(r'id="key" readonly value="([^"]+)"', page)[1]
    assert text not in admin_client.get("/settings/keys/").content.decode()
    key = ApiKey.objects.get()
    assert key.created_by.name == "Ada"
    page = admin_client.post(f"/settings/keys/{key.prefix}/rotate/").content.decode()
    assert ApiKey.objects.get(revoked=False).prefix in page
    admin_client.post(f"/settings/keys/{ApiKey.objects.get(revoked=False).prefix}/revoke/")
    assert not ApiKey.objects.filter(revoked=False).exists()


def test_the_audit_log_is_searched(admin_client):
    services.create_key(name="shop", scope="full", actor=SYSTEM)
    assert "shop</a>" in admin_client.get("/settings/audit/?q=created shop").content.decode()
    assert "shop</a>" not in admin_client.get("/settings/audit/?q=nothing").content.decode()


def test_metrics_are_for_this_machine_and_for_administrators(client, ada):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="192.0.2.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    client.force_login(ada)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 200


# Text that cannot be stored


@pytest.mark.parametrize("text", ["a\x00b", "\x00"])
def test_nul_characters_are_refused_with_a_page(admin_client, text):
    for answer in (
        admin_client.get("/settings/audit/", {"q": text}),
        admin_client.post("/settings/keys/", {"name": text, "scope": "read"}),
        admin_client.post("/accounts/login/", {"login": text, "password": text}),
        admin_client.get(f"/settings/{text}/"),
    ):
        assert answer.status_code == 400


# The operators' admin


def test_every_model_of_the_rooms_is_registered():
    rooms = ("access", "contacts", "segments", "campaigns")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    assert models
    assert [model for model in models if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models() if model._meta.app_label in ("access", "contacts", "segments", "campaigns")],
)
def test_the_admin_lists_every_model(admin_client, model):
    assert (
        admin_client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code
        == 200
    )


@pytest.mark.parametrize(
    "name", ["segments_membership", "segments_ledgerentry", "access_auditentry", "contacts_attributehistory"]
)
def test_memberships_ledger_and_histories_are_only_to_look_at(admin_client, name):
    assert admin_client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_the_admin_never_shows_the_hash_of_a_key(admin_client):
    key, _text = services.create_key(name="shop", scope="full", actor=SYSTEM)
    page = admin_client.get(reverse("admin:access_apikey_changelist")).content.decode()
    assert "shop" in page
    assert key.hashed_key not in page


def test_json_in_the_admin_holds_only_what_can_be_stored(admin_client):
    for attributes in ('{"a": "\\u0000"}', '{"a": NaN}', "{"):
        answer = admin_client.post("/admin/contacts/contact/add/", {"email": "a@example.org", "attributes": attributes})
        assert answer.status_code == 200
    admin_client.post("/admin/contacts/contact/add/", {"email": "a@example.org", "attributes": '{"a": 1}'})
    contact = apps.get_model("contacts", "Contact").objects.get()
    assert (contact.first_name, contact.interests, contact.attributes) == (None, None, {"a": 1})
