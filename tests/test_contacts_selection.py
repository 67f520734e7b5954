"""From the table's address to its contacts: the same people for the table, an export and a bulk action, never more."""

from __future__ import annotations

import pytest

from contacts import saved_views, selection
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.problems import InvalidInput
from tests.factories import CompanyFactory, ContactFactory, EventFactory
from tests.test_web_lists_pages import static

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


@pytest.fixture
def user() -> User:
    return User.objects.create_user("anna@example.org", "correct horse battery", role="marketer")


@pytest.fixture
def people() -> dict[str, Contact]:
    return {
        "ada": ContactFactory(first_name="Ada", country="IT", lifecycle_stage="customer"),
        "bea": ContactFactory(first_name="Bea", country="IT", lifecycle_stage="lead"),
        "cleo": ContactFactory(first_name="Cleo", country="FR", company=CompanyFactory(name="Adagio")),
    }


def names(ids: list[int] | None, query: str, user: User) -> set[str]:
    return set(selection.chosen(ids, query, user).values_list("first_name", flat=True))


def test_some_are_chosen_by_their_ids_whatever_the_table_shows(user: User, people):
    assert names([people["ada"].pk, people["cleo"].pk], "view=leads", user) == {"Ada", "Cleo"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Ada", "Bea", "Cleo"}),
        ("?sort=-name&page=3&columns=name,email", {"Ada", "Bea", "Cleo"}),
        ("view=all", {"Ada", "Bea", "Cleo"}),
        ("view=customers", {"Ada"}),
        ("view=leads", {"Bea", "Cleo"}),
        ("q=ada", {"Ada", "Cleo"}),
        ("q=ada&view=leads", {"Cleo"}),
        ("q=nobody", set()),
    ],
)
def test_all_are_chosen_as_the_address_says(user: User, people, query: str, found: set[str]):
    assert names(None, query, user) == found


def test_a_kept_filter_narrows_exactly_and_together_with_the_others(user: User, people):
    token = saved_views.keep_filter(ITALIANS)
    assert names(None, f"filter={token}", user) == {"Ada", "Bea"}
    assert names(None, f"filter={token}&view=leads", user) == {"Bea"}


def test_a_filter_may_ask_about_events_windows_and_percent_signs(user: User, people):
    EventFactory(contact=people["bea"], type__name="100% off")
    did = {"event": "100% off", "op": "gte", "value": 1, "window": {"last": 7, "unit": "day"}}
    assert names(None, f"filter={saved_views.keep_filter(did)}", user) == {"Bea"}
    assert names(None, f"filter={saved_views.keep_filter({'not': did})}&q=ada", user) == {"Ada", "Cleo"}


def test_the_same_definition_has_one_address_whoever_writes_it(user: User):
    assert saved_views.keep_filter({"op": "is", "property": "country", "value": "IT"}) == saved_views.keep_filter(
        {"value": "IT", "property": "country", "op": "is"}
    )


def test_the_members_of_a_list_are_chosen(user: User, people):
    made = static(people["cleo"])
    assert names(None, f"segment={made.pk}", user) == {"Cleo"}


def test_a_saved_view_narrows_and_the_address_comes_before_it(user: User, people):
    token = saved_views.keep_filter(ITALIANS)
    view = saved_views.save_view(user, "contacts", "Italian leads", {"view": "leads", "filter": token})
    assert names(None, f"view={view.pk}", user) == {"Bea"}
    assert names(None, f"view={view.pk}&filter=", user) == {"Bea", "Cleo"}
    assert names(None, f"view={view.pk}&q=nobody", user) == set()


@pytest.mark.parametrize("query", ["filter=gone", "view=999", "view=nonsense", "segment=999", "segment=x"])
def test_what_cannot_be_read_is_refused_and_never_widens_the_choice(user: User, people, query: str):
    with pytest.raises(InvalidInput):
        selection.chosen(None, query, user)


def test_somebody_elses_own_view_is_not_read(user: User, people):
    other = User.objects.create_user("otto@example.org", "correct horse battery", role="admin")
    view = saved_views.save_view(other, "contacts", "Mine", {"view": "leads"})
    with pytest.raises(InvalidInput, match="no such view"):
        selection.chosen(None, f"view={view.pk}", user)


def test_a_filter_that_names_what_is_gone_says_so_at_the_filter(user: User, people):
    token = saved_views.keep_filter({"property": "no_such_attribute", "op": "is_known"})
    with pytest.raises(InvalidInput) as caught:
        selection.chosen(None, f"filter={token}", user)
    assert caught.value.problems[0].pointer.startswith("/filter")
