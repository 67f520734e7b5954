"""The pages of tasks: whose they are, what is late, what is done about them, and who may do it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import services
from contacts.models import Task
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)


def person(role: str, name: str = "") -> User:
    name = name or role
    return User.objects.create_user(f"{name}@example.org".lower(), "correct horse battery", role=role, name=name)


@pytest.fixture
def sam(client: Client) -> User:
    sam = person("service", "Sam")
    client.force_login(sam)
    return sam


@pytest.fixture
def ada():
    return ContactFactory(first_name="Ada", last_name="Lovelace", email="ada@example.org")


def ask(about, title: str, **more) -> Task:
    return services.create_task(about.pk, title, actor=SYSTEM, **more)


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_page_shows_my_open_tasks_the_earliest_first(client, sam, ada):
    ask(ada, "Send the offer", owner=sam, due_at=clock.now() + DAY * 3)
    ask(ada, "Ring her up", owner=sam, due_at=clock.now() - DAY)
    ask(ada, "Somebody else's", owner=person("sales", "Sue"))
    page = text_of(client.get("/tasks/"))
    assert page.index("Ring her up") < page.index("Send the offer")
    assert "Somebody else&#x27;s" not in page
    assert "Somebody else&#x27;s" in text_of(client.get("/tasks/?owner=all"))
    late = text_of(client.get("/tasks/?state=overdue"))
    assert "Ring her up" in late
    assert "Send the offer" not in late


def test_the_sidebar_and_home_say_what_waits_for_me(client, sam, ada):
    assert "side-count" not in text_of(client.get("/tasks/"))
    ask(ada, "Ring her up", owner=sam, due_at=clock.now() - DAY)
    ask(ada, "Next month", owner=sam, due_at=clock.now() + DAY * 30)
    page = text_of(client.get("/"))
    assert '<b class="side-count">1<' in page
    assert "Ring her up" in page
    assert "Next month" in page


def test_a_task_is_written_about_somebody_found_by_her_address(client, sam, ada):
    wrong = client.post("/tasks/new/", {"contact": "nobody@example.org", "title": "Call"})
    assert wrong.status_code == 400
    assert "Nobody is found by that." in wrong.content.decode()
    due = "2031-05-04T10:30"
    said = {"contact": "ada@example.org", "title": " Call  her ", "owner": sam.pk, "due_at": due, "note": "Gently"}
    assert client.post("/tasks/new/", said).status_code == 302
    made = Task.objects.get()
    assert (made.contact, made.title, made.owner, made.note) == (ada, "Call her", sam, "Gently")
    assert made.due_at is not None
    assert made.due_at.year == 2031


def test_the_panel_of_a_contact_completes_a_task_in_place(client, sam, ada):
    task = ask(ada, "Ring her up")
    assert "Ring her up" in text_of(client.get(f"/contacts/{ada.pk}/"))
    answer = client.post(f"/tasks/{task.pk}/done/?panel", headers=HTMX)
    assert "Nothing is to be done." in text_of(answer)
    task.refresh_from_db()
    assert task.done_by == "user:Sam"
    assert client.post(f"/tasks/{task.pk}/open/").status_code == 302
    task.refresh_from_db()
    assert task.done_at is None


def test_many_are_done_given_away_and_put_off_at_once(client, sam, ada):
    tasks = [ask(ada, f"Task {number}") for number in range(3)]
    ids = [task.pk for task in tasks[:2]]
    client.post("/tasks/many/", {"task": ids, "act": "owner", "to": sam.pk})
    client.post("/tasks/many/", {"task": ids, "act": "due", "due": "2030-01-02T09:00"})
    client.post("/tasks/many/", {"task": [ids[0], "x", "9" * 30], "act": "done"})
    first, second, third = Task.objects.order_by("pk")
    assert [one.owner for one in (first, second, third)] == [sam, sam, None]
    assert [bool(one.due_at) for one in (first, second, third)] == [True, True, False]
    assert [bool(one.done_at) for one in (first, second, third)] == [True, False, False]
    refused = client.post("/tasks/many/", {"task": ids, "act": "due", "due": "0001-01-01T00:00"}, follow=True)
    assert "between 2000 and 2199" in refused.content.decode()


def test_an_edit_that_did_not_see_the_last_one_asks_first(client, sam, ada):
    task = ask(ada, "Ring her up")
    page = text_of(client.get(f"/tasks/{task.pk}/"))
    seen = page.split('name="seen" value="')[1].split('"')[0]
    services.update_task(task.pk, {"title": "Write to her"}, actor=SYSTEM)
    answer = client.post(f"/tasks/{task.pk}/", {"title": "Visit her", "seen": seen})
    assert answer.status_code == 409
    assert "Write to her" in answer.content.decode()
    task.refresh_from_db()
    assert task.title == "Write to her"


def test_viewers_read_and_change_nothing(client, ada):
    task = ask(ada, "Ring her up")
    client.force_login(person("viewer"))
    assert "Ring her up" in text_of(client.get("/tasks/?owner=all"))
    assert "Ring her up" in text_of(client.get(f"/tasks/{task.pk}/"))
    for address in ("new/", "many/", f"{task.pk}/", f"{task.pk}/done/", f"{task.pk}/delete/"):
        assert client.post(f"/tasks/{address}", {"title": "x"}).status_code == 403, address


def test_the_number_of_queries_does_not_grow_with_the_tasks(client, sam, ada, django_assert_max_num_queries):
    for number in range(2):
        ask(ada, f"Task {number}", owner=sam, source="survey:0")
    client.get("/tasks/")
    with django_assert_max_num_queries(30) as few:
        client.get("/tasks/")
    for number in range(20):
        ask(ContactFactory(), f"More {number}", owner=sam, source=f"survey:{number}")
    with django_assert_max_num_queries(len(few)):
        client.get("/tasks/")
