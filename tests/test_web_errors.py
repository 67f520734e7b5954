"""Pages that say what went wrong: in words, with a way back, and with a name under which the log knows it."""

from __future__ import annotations

import logging
import re

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path

from crmseg.access.models import User
from crmseg.access.signing_in import locked_out
from crmseg.common import request_id
from crmseg.common.logs import SecretFreeFormatter
from crmseg.common.problems import Conflict
from crmseg.urls import handler400, handler403, handler404, handler500  # noqa: F401 – Django looks for them here
from crmseg.urls import urlpatterns as usual

pytestmark = pytest.mark.django_db


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a defect")


def conflicts(request: HttpRequest) -> HttpResponse:
    raise Conflict("Somebody was faster.")


urlpatterns = [path("breaks/", breaks), path("conflicts/", conflicts), *usual]


@pytest.fixture
def reader(client: Client) -> Client:
    client.raise_request_exception = False
    client.force_login(User.objects.create_user("vera@example.org", role="viewer"))
    return client


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "There is nothing at this address"),
        ("/settings/people/", 403, "Your role does not include it"),
        ("/conflicts/", 409, "Somebody was faster."),
        ("/breaks/", 500, "Something went wrong on our side"),
        ("/search/?q=%00", 400, ""),
    ],
)
def test_a_page_says_what_went_wrong_and_leads_back(reader: Client, address: str, status: int, words: str):
    answer = reader.get(address)
    text = answer.content.decode()
    assert answer.status_code == status
    assert words in text
    assert len(re.findall("<h1", text)) == 1
    assert 'href="/"' in text
    assert "data-back" in text
    assert f"Request {answer[request_id.HEADER]}:" in text


def test_what_is_too_large_says_how_much_is_taken(reader: Client):
    answer = reader.post("/search/", b"x" * (1024 * 1024 + 1), content_type="text/plain")
    assert answer.status_code == 413
    assert "at most 1 MB" in answer.content.decode()


def test_whoever_guessed_too_often_is_told_how_long_to_wait(rf: RequestFactory):
    answer = locked_out(rf.post("/accounts/login/"))
    assert (answer.status_code, int(answer["Retry-After"])) == (429, settings.AXES_COOLOFF_TIME * 3600)
    assert "Not so fast" in answer.content.decode()


def test_a_missing_page_offers_the_search(reader: Client):
    assert 'action="/search/"' in reader.get("/nowhere/").content.decode()


@pytest.mark.urls(__name__)
def test_the_log_knows_the_request_by_the_same_name(reader: Client, caplog):
    lines = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(SecretFreeFormatter().format(record))

    handler = Keep()
    logging.getLogger("django.request").addHandler(handler)
    try:
        answer = reader.get("/breaks/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert any(f"(request {answer[request_id.HEADER]})" in line for line in lines)
    assert request_id.current() == ""


def test_the_name_that_a_proxy_gave_is_kept_if_it_is_one(client: Client):
    assert client.get("/healthz", headers={"X-Request-Id": "abc-12345"})[request_id.HEADER] == "abc-12345"
    assert "\n" not in client.get("/healthz", headers={"X-Request-Id": "<script>"})[request_id.HEADER]
    assert client.get("/healthz", headers={"X-Request-Id": "<script>"})[request_id.HEADER] != "<script>"


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_no_request_and_no_database(page: str, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "<h1>" in render_to_string(f"{page}.html")
