"""Who may do what through the API."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from crmseg.access import throttling
from crmseg.access.actors import actor_of
from crmseg.access.authentication import find_key
from crmseg.access.models import ApiKey, AuditEntry, Role, Scope, User
from crmseg.access.roles import has_role
from crmseg.access.services import create_key, revoke_key, rotate_key
from crmseg.common.actor import SYSTEM
from crmseg.common.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Things(ViewSet):
    safe_posts = {"preview"}

    def list(self, request):
        return Response({"actor": str(actor_of(request))})

    def create(self, request):
        return Response({}, status=201)

    def preview(self, request):
        return Response({})


class Events(APIView):
    ingest = True

    def post(self, request):
        return Response({})

    def get(self, request):
        return Response({})


class Notes(ViewSet):
    writers = {"create": Role.SERVICE, "partial_update": Role.SALES}

    def create(self, request):
        return Response({})

    def partial_update(self, request):
        return Response({})

    def destroy(self, request):
        return Response({})


class Keys(APIView):
    admin_only = True

    def post(self, request):
        return Response({})


urlpatterns = [
    path("api/things/", Things.as_view({"get": "list", "post": "create"})),
    path("api/things/preview/", Things.as_view({"post": "preview"})),
    path("api/events/", Events.as_view()),
    path("api/keys/", Keys.as_view()),
    path("api/notes/", Notes.as_view({"post": "create", "patch": "partial_update", "delete": "destroy"})),
]


def client_with(scope=Scope.FULL):
    _key, text = create_key(name="shop", scope=scope, actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")


def person(role):
    user = User.objects.create_user("ada@example.org", "a long password", role=role)
    client = APIClient()
    client.force_login(user)
    return client


ASKED = [
    ("get", "things"),
    ("post", "things"),
    ("post", "things/preview"),
    ("post", "events"),
    ("get", "events"),
    ("post", "keys"),
]


def answers(client):
    return [getattr(client, method)(f"/api/{where}/").status_code for method, where in ASKED]


def test_a_full_key_may_do_everything():
    assert answers(client_with(Scope.FULL)) == [200, 201, 200, 200, 200, 200]


def test_a_read_key_may_only_read():
    assert answers(client_with(Scope.READ)) == [200, 403, 200, 403, 200, 403]


def test_an_ingest_key_may_only_send_events():
    assert answers(client_with(Scope.INGEST)) == [403, 403, 403, 200, 403, 403]


def test_people_may_do_what_their_role_allows():
    for role in (Role.VIEWER, Role.SERVICE, Role.SALES):
        assert answers(person(role)) == [200, 403, 200, 403, 200, 403], role
        User.objects.all().delete()
    assert answers(person(Role.MARKETER)) == [200, 201, 200, 200, 200, 403]
    User.objects.all().delete()
    assert answers(person(Role.ADMIN)) == [200, 201, 200, 200, 200, 200]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("viewer", ""), ("service", "post"), ("sales", "post patch"), ("marketer", "post patch delete")],
)
def test_a_view_may_let_other_roles_write(role, allowed):
    client = person(role)
    assert (
        " ".join(m for m in ("post", "patch", "delete") if getattr(client, m)("/api/notes/").status_code == 200)
        == allowed
    )


def test_each_role_may_do_what_those_before_it_may():
    people = [User(role=role) for role in ("viewer", "service", "sales", "marketer", "admin")]
    ranks = [[has_role(person, role) for role in Role.values] for person in people]
    assert ranks == [[mine >= theirs for theirs in range(5)] for mine in range(5)]


def test_a_browser_needs_the_csrf_token_to_write():
    user = User.objects.create_user("ada@example.org", "a long password", role=Role.ADMIN)
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user)
    answer = client.post("/api/things/")
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_nobody_is_asked_for_a_key():
    answer = APIClient().get("/api/things/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer aaaaaaaa." + "b" * 32,
        "Bearer \x00",
        "Basic dTpw",
        "Bearer é" + "x" * 99999,
    ],
)
def test_a_wrong_key_is_refused(header):
    assert APIClient(HTTP_AUTHORIZATION=header).get("/api/things/").status_code == 401


def test_keys_are_stored_hashed():
    key, text = create_key(name="shop", scope="full", actor=SYSTEM)
    stored = " ".join(str(value) for value in ApiKey.objects.values_list().get(pk=key.pk))
    assert text.partition(".")[2] not in stored
    assert find_key(text) == key


def test_revoked_rotated_and_expired_keys_stop_working():
    _revoked, text = create_key(name="a", scope="full", actor=SYSTEM)
    revoke_key(text[:8], actor=SYSTEM)
    _rotated, old = create_key(name="b", scope="read", actor=SYSTEM)
    fresh, new = rotate_key(old[:8], actor=SYSTEM)
    expired, late = create_key(name="c", scope="full", actor=SYSTEM)
    ApiKey.objects.filter(pk=expired.pk).update(expiry_date=now() - timedelta(seconds=1))

    assert [find_key(each) for each in (text, old, late)] == [None, None, None]
    assert find_key(new) == fresh
    assert (fresh.name, fresh.scope) == ("b", "read")


def test_histories_name_the_key():
    assert client_with().get("/api/things/").json() == {"actor": "key:shop"}


def test_the_audit_log_never_holds_the_hash():
    key, _text = create_key(name="shop", scope="full", actor=SYSTEM)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_id, entry.actor) == ("created", key.prefix, "system:crmseg")


def test_use_is_noted_at_most_once_a_minute(django_assert_num_queries):
    client = client_with()
    client.get("/api/things/")
    noted = ApiKey.objects.get().last_used_at
    with django_assert_num_queries(1):
        client.get("/api/things/")
    assert ApiKey.objects.get().last_used_at == noted
    ApiKey.objects.update(last_used_at=now() - timedelta(minutes=2))
    client.get("/api/things/")
    assert ApiKey.objects.get().last_used_at > noted


def test_the_command_prints_the_key_alone(capsys):
    call_command("create_api_key", "shop", "--scope", "ingest")
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    assert find_key(text.strip()).scope == "ingest"
    with pytest.raises(CommandError):
        call_command("create_api_key", "x" * 51)


def test_one_key_cannot_ask_without_end(monkeypatch):
    monkeypatch.setattr(throttling, "REQUESTS", 5)
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_003.0)
    client = client_with()
    assert [client.get("/api/things/").status_code for _ in range(6)] == [200] * 5 + [429]
    refused = client.get("/api/things/")
    assert refused["Retry-After"] == "8"
    assert refused.json()["status"] == 429
    assert client_with().get("/api/things/").status_code == 200


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_nobody_is_held_back_while_the_broker_is_away(monkeypatch):
    monkeypatch.setattr(throttling, "REQUESTS", 1)
    monkeypatch.setattr(throttling, "_unreachable_until", 0.0)
    throttling._counters.cache_clear()
    client = client_with()
    assert [client.get("/api/things/").status_code for _ in range(3)] == [200] * 3
    throttling._counters.cache_clear()
