"""What one page asks for in many places is read once while it is made, and anew for the next."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation

from crmseg.common import once


def asked(method: str, *languages: str) -> list[int]:
    found: list[int] = []

    def view(_request):
        for language in languages:
            with translation.override(language):
                found.append(once.a_page("numbers", lambda: len(found)))
        return HttpResponse()

    once.OnceMiddleware(view)(RequestFactory().generic(method, "/"))
    return found


def test_a_page_reads_once_and_the_next_page_again():
    assert asked("GET", "en", "en", "en") == [0, 0, 0]
    assert asked("GET", "en", "en") == [0, 0]


def test_what_is_read_in_another_language_is_read_in_it():
    assert asked("GET", "en", "it", "en", "it") == [0, 1, 0, 1]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_what_changes_something_reads_each_time(method):
    assert asked(method, "en", "en", "en") == [0, 1, 2]


def test_outside_of_any_page_it_is_read_each_time():
    numbers = iter(range(3))
    assert [once.a_page("numbers", lambda: next(numbers)) for _turn in range(3)] == [0, 1, 2]
