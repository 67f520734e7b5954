"""Folders and tags: where lists are filed, and how one finds them again, by hand and over HTTP."""

import pytest
from rest_framework.test import APIClient

from crmseg.access.models import AuditEntry
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import services, shelves
from segments.models import Folder, Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {create_key(name='all', scope='full', actor=SYSTEM)[1]}")


def static(name="By hand", **details):
    return services.create_segment(name=name, kind="static", actor=SYSTEM, **details)


def folder(name="Spring", parent=None):
    return services.create_folder(name=name, parent=parent, actor=SYSTEM)


def names(response):
    assert response.status_code == 200, response.data
    return [one["name"] for one in response.data["results"]]


def test_a_folder_holds_lists_and_one_level_of_folders():
    spring = folder()
    italy = folder("Italy", spring.pk)
    with pytest.raises(InvalidInput, match="holds lists, not folders"):
        folder("Rome", italy.pk)
    static("One", folder=italy.pk)
    static("Two")
    tree = shelves.tree()
    assert [(shelf.name, shelf.count, [inner.name for inner in shelf.inside]) for shelf in tree.shelves] == [
        ("Spring", 1, ["Italy"])
    ]
    assert (tree.unfiled, tree.everything) == (1, 2)


def test_a_name_is_taken_once_in_each_place():
    spring = folder()
    folder("Spring", spring.pk)
    with pytest.raises(Conflict):
        folder("SPRING")
    with pytest.raises(InvalidInput):
        folder("  ")
    other = folder("Autumn")
    with pytest.raises(Conflict):
        services.rename_folder(other.pk, "spring", actor=SYSTEM)
    assert services.rename_folder(other.pk, "Winter", actor=SYSTEM).name == "Winter"


def test_deleting_a_folder_deletes_no_list():
    spring = folder()
    italy = folder("Italy", spring.pk)
    static("One", folder=italy.pk), static("Two", folder=spring.pk)
    assert services.delete_folder(spring.pk, actor=SYSTEM) == 2
    assert not Folder.objects.exists()
    assert Segment.objects.filter(folder=None).count() == 2
    assert AuditEntry.objects.filter(action="deleted", object_type="folder").count() == 1


def test_many_lists_are_moved_at_once_and_each_move_is_kept():
    spring = folder()
    ids = [static(f"List {n}").pk for n in range(3)]
    assert services.file_lists(ids, spring.pk, actor=SYSTEM) == 3
    assert services.file_lists(ids[:2], spring.pk, actor=SYSTEM) == 0
    assert services.file_lists(ids[:1], None, actor=SYSTEM) == 1
    said = AuditEntry.objects.filter(action="updated", object_id=str(ids[0])).latest("pk")
    assert (said.before, said.changes) == ({"folder": "Spring"}, {"folder": None})
    with pytest.raises(InvalidInput):
        services.file_lists(ids, 999_999, actor=SYSTEM)


def test_tags_are_spelled_as_they_are_in_use():
    one, two = static("One", tags=["  Big   spenders ", "Italy", "italy"]), static("Two")
    assert one.tags == ["Big spenders", "Italy"]
    assert services.tag_lists([one.pk, two.pk], add=["ITALY", "New"], remove=["big spenders"], actor=SYSTEM) == 2
    assert list(Segment.objects.order_by("pk").values_list("tags", flat=True)) == [["Italy", "New"], ["Italy", "New"]]
    assert shelves.tags_in_use() == {"Italy": 2, "New": 2}


@pytest.mark.parametrize("tags", [["x" * 51], ["a,b"], [" "], [3], "Italy", ["a\x00"], [str(n) for n in range(21)]])
def test_tags_that_nobody_could_use_are_refused(tags):
    with pytest.raises(InvalidInput):
        static(tags=tags)


def test_lists_are_filed_and_found_over_http(api):
    spring = api.post("/api/v1/segments/folders/", {"name": "Spring"}, format="json").data
    italy = api.post("/api/v1/segments/folders/", {"name": "Italy", "parent": spring["id"]}, format="json").data
    made = api.post(
        "/api/v1/segments/", {"name": "One", "folder": italy["id"], "tags": ["vip", "web"]}, format="json"
    ).data
    assert (made["folder"], made["tags"], made["archived_at"]) == (italy["id"], ["vip", "web"], None)
    api.post("/api/v1/segments/", {"name": "Two", "tags": ["vip"]}, format="json")
    at = "/api/v1/segments/"
    assert names(api.get(at, {"folder": spring["id"]})) == ["One"]
    assert names(api.get(at, {"folder": "none"})) == ["Two"]
    assert names(api.get(at, {"tag": "vip"})) == ["One", "Two"]
    assert names(api.get(f"{at}?tag=vip&tag=WEB")) == ["One"]
    assert api.get(at, {"folder": "x"}).status_code == 400
    changed = api.patch(f"{at}{made['id']}/", {"folder": None, "tags": []}, format="json").data
    assert (changed["folder"], changed["tags"]) == (None, [])
    assert api.patch(f"{at}{made['id']}/", {"folder": 999_999}, format="json").status_code == 400
    assert api.patch(f"{at}folders/{spring['id']}/", {"name": "Summer"}, format="json").data["name"] == "Summer"
    assert api.delete(f"{at}folders/{spring['id']}/").status_code == 204
    assert api.get(f"{at}folders/").data == []


def test_lists_are_archived_and_restored_over_http(api):
    inner = api.post("/api/v1/segments/", {"name": "One"}, format="json").data["id"]
    at = f"/api/v1/segments/{inner}/"
    assert api.post(f"{at}archive/").data["archived_at"] is not None
    assert names(api.get("/api/v1/segments/")) == []
    assert names(api.get("/api/v1/segments/", {"archived": "true"})) == ["One"]
    assert api.get("/api/v1/segments/", {"archived": "maybe"}).status_code == 400
    assert api.patch(at, {"name": "Other"}, format="json").status_code == 409
    assert api.post(f"{at}archive/").status_code == 409
    assert api.post(f"{at}restore/").data["archived_at"] is None
    asking = {"name": "Asking", "definition": {"segment": inner, "op": "in"}}
    assert api.post("/api/v1/segments/", asking, format="json").status_code == 201
    refused = api.post(f"{at}archive/")
    assert refused.status_code == 409
    assert "Asking" in str(refused.data)
