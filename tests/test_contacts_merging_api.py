"""Merging and parting through the API."""

from __future__ import annotations

import pytest

from contacts.models import Contact

from .factories import ContactFactory
from .merging import ada, double, merge
from .test_contacts_api import body, caller, pointers

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


def test_the_api_merges_answers_with_the_survivor_and_takes_it_back(ada, double):
    api = caller()
    response = api.post(f"/api/v1/contacts/{ada.pk}/merge/", {"with": double.pk})
    assert response.status_code == 200
    assert (body(response)["id"], body(response)["last_name"]) == (ada.pk, "Lovelace")
    assert body(api.post(f"/api/v1/contacts/{ada.pk}/merge/", {"with": double.pk})) == body(response)
    assert body(api.get("/api/v1/contacts/?email=lovelace@example.org"))["results"][0]["id"] == ada.pk
    undone = body(api.post(f"/api/v1/contacts/{ada.pk}/unmerge/"))
    assert (undone["contact"]["last_name"], undone["restored"]["id"], undone["kept"]) == (None, double.pk, [])
    again = api.post(f"/api/v1/contacts/{ada.pk}/unmerge/", {"with": double.pk})
    assert again.status_code == 200
    assert api.post(f"/api/v1/contacts/{ada.pk}/unmerge/").status_code == 409


def test_a_merged_id_leads_on(ada, double):
    api = caller()
    merge(ada, double)
    for path in ("", "events/", "timeline/", "export/", "segments/"):
        moved = api.get(f"/api/v1/contacts/{double.pk}/{path}?limit=5")
        if path != "segments/":
            assert (moved.status_code, body(moved)["merged_into"]) == (301, ada.pk), path
            assert moved["Location"].endswith(f"/api/v1/contacts/{ada.pk}/{path}?limit=5")
    for method, path in (("patch", ""), ("delete", ""), ("post", "erase/"), ("post", "merge/")):
        told = getattr(api, method)(
            f"/api/v1/contacts/{double.pk}/{path}", {"with": ada.pk} if path == "merge/" else {}
        )
        assert (told.status_code, body(told)["merged_into"]) == (404, ada.pk), (method, path)
        assert str(ada.pk) in body(told)["problems"][0]["message"]


def test_the_api_points_at_what_is_wrong(ada, double):
    api, address = caller(), f"/api/v1/contacts/{ada.pk}/merge/"
    for sent, pointer in (
        ({}, "/with"),
        ({"with": "x"}, "/with"),
        ({"with": True}, "/with"),
        ({"with": 2**63}, "/with"),
        ({"with": 10**9}, "/with"),
        ({"with": ada.pk}, "/with"),
        ({"with": double.pk, "take": "email"}, "/take"),
        ({"with": double.pk, "take": ["emial"]}, "/take/0"),
        ({"with": double.pk, "into": 3}, "/into"),
    ):
        response = api.post(address, sent)
        assert (response.status_code, pointers(response)) == (400, {pointer}), sent
    assert api.post("/api/v1/contacts/999999999/merge/", {"with": double.pk}).status_code == 404
    merge(ContactFactory(), double)
    assert api.post(address, {"with": double.pk}).status_code == 409


@pytest.mark.parametrize("scope", ["read", "ingest"])
def test_who_only_reads_or_sends_may_not_merge(ada, double, scope):
    api = caller(scope)
    for path in ("merge", "unmerge"):
        assert api.post(f"/api/v1/contacts/{ada.pk}/{path}/", {"with": double.pk}).status_code == 403
    assert Contact.objects.count() == 2
