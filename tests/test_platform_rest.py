"""Habits of every address of the API, shown on a small one."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, OperationalError, connection
from django.http import Http404
from django.test import Client
from django.urls import include, path
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import AuditEntry, IdempotentAnswer
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.pagination import KeysetPagination
from crmseg.common.rest.parsers import StrictJSONParser, read_list, read_object

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PROBLEM = "application/problem+json"


class ShapeInput(serializers.Serializer):
    name = serializers.CharField(max_length=5)
    sizes = serializers.ListField(child=serializers.IntegerField())


class Shapes(APIView):
    def post(self, request):
        given = ShapeInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(given.validated_data)


class Echo(APIView):
    def post(self, request):
        return Response(read_object(request))

    def put(self, request):
        return Response(len(read_list(request, "rows", at_most=2)))


class Failing(APIView):
    error: Exception

    def get(self, request):
        raise type(self).error


class Notes(IdempotentWrites, ViewSet):
    """Entries of the audit log stand in for anything that is listed, made and changed."""

    ordering = ("-action", "id")
    parser_classes = [StrictJSONParser, MultiPartParser]
    lock = threading.Event()

    def list(self, request):
        pages = KeysetPagination()
        rows = pages.paginate_queryset(AuditEntry.objects.filter(object_type="note"), request, self)
        return pages.get_paginated_response([[row.action, row.pk] for row in rows])

    def create(self, request):
        text = request.data.get("text", "") if isinstance(request.data, dict) else ""
        if text == "refuse":
            raise InvalidInput([Problem("/text", "Not this.")])
        if text == "slow":
            self.lock.wait(1)
        AuditEntry.objects.create(actor="a", action=text, object_type="note")
        return Response({"made": AuditEntry.objects.filter(object_type="note").count(), "exact": 1}, status=201)

    def retrieve(self, request, pk):
        entry = AuditEntry.objects.get(pk=pk)
        return Response({}, headers={"ETag": etag_of(entry)})

    def partial_update(self, request, pk):
        with if_match(request, AuditEntry.objects.all(), pk):
            AuditEntry.objects.filter(pk=pk).delete()
        return Response(status=204)


api = [
    path("shapes/", Shapes.as_view()),
    path("echo/", Echo.as_view()),
    path("echo/batch/", Echo.as_view()),
    path("failing/", Failing.as_view()),
    path("notes/", Notes.as_view({"get": "list", "post": "create"})),
    path("notes/<int:pk>/", Notes.as_view({"get": "retrieve", "patch": "partial_update"})),
]
urlpatterns = [path("api/v1/", include(api))]
handler404 = "crmseg.common.rest.refusals.not_found"
handler500 = "crmseg.common.rest.refusals.failed"
handler400 = "crmseg.common.rest.refusals.bad_request"


@pytest.fixture
def client():
    return make_client()


def make_client():
    _key, text = create_key(name="shop", scope="full", actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}", raise_request_exception=False)


def is_problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == PROBLEM
    body = answer.json()
    assert set(body) == {"type", "title", "status", "problems"}
    assert body["status"] == status
    assert body["problems"]
    assert all(set(problem) == {"pointer", "message"} and problem["message"] for problem in body["problems"])
    return [problem["pointer"] for problem in body["problems"]]


# Bodies


def post(client, data, where="echo", content_type="application/json"):
    return client.generic("POST", f"/api/v1/{where}/", data, content_type=content_type)


def test_decimals_pass_through_exactly(client):
    assert post(client, b'{"price": 19.990, "id": 123456789012345678901}').content == (
        b'{"price":19.990,"id":123456789012345678901}'
    )


@pytest.mark.parametrize(
    "body", [b"{", b"NaN", b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"[" * 9999, b"\xff\xfe", b"[1]", b"1", b"null"]
)
def test_a_body_that_cannot_be_used_is_a_problem(client, body):
    is_problem(post(client, body), 400)


@pytest.mark.parametrize("rows", ["{}", '{"rows": 1}', '{"rows": []}', '{"rows": [1,2,3]}', "[]"])
def test_a_batch_is_a_list_of_some_length(client, rows):
    is_problem(client.generic("PUT", "/api/v1/echo/", rows, content_type="application/json"), 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x", "a/b/c;;="]
)
def test_another_content_type_is_a_problem(client, content_type):
    is_problem(post(client, b"{}", content_type=content_type), 415)


def test_whoever_accepts_something_else_gets_json_all_the_same(client):
    answer = client.post("/api/v1/echo/", {"a": 1}, format="json", HTTP_ACCEPT="text/html")
    assert answer.json() == {"a": 1}


def test_serializer_errors_become_pointers(client):
    answer = client.post("/api/v1/shapes/", {"name": "too long", "sizes": [1, "x"]}, format="json")
    assert is_problem(answer, 400) == ["/name", "/sizes/1"]


# Sizes


@pytest.mark.parametrize(
    ("where", "size", "status"), [("echo", 1, 413), ("echo/batch", 1, 200), ("echo/batch", 32, 413)]
)
def test_bodies_are_bounded(client, where, size, status):
    body = b'{"a": "' + b"x" * (size * 1024 * 1024) + b'"}'
    assert post(client, body, where).status_code == status


def test_forty_megabytes_are_refused_unread(client):
    is_problem(client.generic("POST", "/api/v1/echo/batch/", b"", "application/json", CONTENT_LENGTH=40 * 2**20), 413)


# Addresses and methods


def test_unknown_addresses_and_methods_are_problems(client):
    is_problem(client.get("/api/v1/nothing/"), 404)
    is_problem(Client().get("/api/nothing"), 404)
    is_problem(client.delete("/api/v1/shapes/"), 405)
    is_problem(client.get("/api/v1/notes/?q=%00"), 400)
    is_problem(client.get("/api/v1/notes/", HTTP_HOST="evil.example"), 400)


def test_a_forgotten_slash_keeps_method_and_body(client):
    sent_on = client.generic("POST", "/api/v1/echo", b"{}", content_type="application/json")
    assert (sent_on.status_code, sent_on["Location"]) == (308, "/api/v1/echo/")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("No."), 400),
        (Conflict("No."), 409),
        (Http404(), 404),
        (DataError("secret"), 400),
        (OperationalError("secret"), 503),
        (RecursionError("secret"), 400),
        (ZeroDivisionError("secret"), 500),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "secret"), 500),
    ],
)
def test_whatever_is_raised_is_answered_with_a_problem(client, monkeypatch, error, status):
    monkeypatch.setattr(Failing, "error", error, raising=False)
    answer = client.get("/api/v1/failing/")
    is_problem(answer, status)
    assert b"secret" not in answer.content


# Pages


def make_notes(*actions):
    AuditEntry.objects.bulk_create(AuditEntry(actor="a", action=action, object_type="note") for action in actions)


def test_pages_follow_each_other_without_gaps_or_repeats_while_rows_come_in(client):
    make_notes(*"abcabcabca")
    seen, url = [], "/api/v1/notes/?limit=3"
    while url:
        page = client.get(url).json()
        seen += page["results"]
        url = page["next"]
        make_notes("d")  # before everything already seen
    assert [action for action, _pk in seen] == list("cccbbbaaaa")
    assert len({pk for _action, pk in seen}) == 10


def test_a_last_page_that_is_just_full_has_no_next(client):
    make_notes(*"abc")
    assert client.get("/api/v1/notes/?limit=3").json()["next"] is None


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "", "1.5", "١", "9" * 5000])
def test_a_limit_out_of_range_is_a_problem(client, limit):
    assert is_problem(client.get("/api/v1/notes/", {"limit": limit}), 400) == ["/limit"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "====",
        "W10",
        "WyJhIl0",
        "WyJhIiwieCJd",
        "WyJcdTAwMDAiLCIxIl0",
        "MQ",
        "A" * 5000,
        "WyJhIiwiMWU5OTk5OTk5Il0",
    ],
)
def test_a_broken_cursor_is_a_problem(client, cursor):
    make_notes("a")
    assert is_problem(client.get("/api/v1/notes/", {"cursor": cursor}), 400) == ["/cursor"]


# Repeats


def write(client, text, key="k1", **extra):
    return client.post("/api/v1/notes/", {"text": text}, format="json", HTTP_IDEMPOTENCY_KEY=key, **extra)


def test_a_repeated_write_happens_once_and_is_answered_alike(client):
    first, second = write(client, "a"), write(client, "a")
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (201, {"made": 1, "exact": 1})
    assert second["Idempotency-Replayed"] == "true"
    assert write(client, "a", key="k2").json()["made"] == 2


def test_without_a_key_every_write_happens(client):
    for made in (1, 2):
        assert client.post("/api/v1/notes/", {"text": "a"}, format="json").json()["made"] == made


def test_the_same_key_for_another_request_is_refused(client):
    write(client, "a")
    is_problem(write(client, "b"), 422)
    assert write(make_client(), "b").status_code == 201  # keys of another program are its own


def test_a_refused_write_may_be_repeated(client):
    assert is_problem(write(client, "refuse"), 400) == ["/text"]
    assert not IdempotentAnswer.objects.exists()
    assert write(client, "a").status_code == 201


@pytest.mark.parametrize("key", [" ", "x" * 256, "a b", "é"])
def test_a_malformed_idempotency_key_is_a_problem(client, key):
    is_problem(write(client, "a", key=key), 400)


def test_files_count_as_content(client):
    def send(content):
        data = {"file": SimpleUploadedFile("a.csv", content)}
        return client.post("/api/v1/notes/", data, format="multipart", HTTP_IDEMPOTENCY_KEY="k").status_code

    assert [send(b"a"), send(b"a"), send(b"b")] == [201, 201, 422]


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_with_one_key_write_once(client):
    Notes.lock.clear()
    answers = []

    def send():
        try:
            answers.append(write(client, "slow"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    Notes.lock.set()
    for thread in threads:
        thread.join()
    assert [(answer.status_code, answer.json()["made"]) for answer in answers] == [(201, 1)] * 3
    assert AuditEntry.objects.filter(object_type="note").count() == 1


# Preconditions


def test_an_update_of_something_changed_in_between_is_refused(client):
    make_notes("a")
    pk = AuditEntry.objects.get(object_type="note").pk
    etag = client.get(f"/api/v1/notes/{pk}/")["ETag"]
    is_problem(client.patch(f"/api/v1/notes/{pk}/", {}, format="json", HTTP_IF_MATCH='"other"'), 412)
    is_problem(client.patch("/api/v1/notes/999999/", {}, format="json", HTTP_IF_MATCH=etag), 404)
    assert client.patch(f"/api/v1/notes/{pk}/", {}, format="json", HTTP_IF_MATCH=f'"other", {etag}').status_code == 204
