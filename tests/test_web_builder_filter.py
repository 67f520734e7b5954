"""The builder over the contacts table: show these people, keep them as a view, or go on to a list."""

import pytest
from django.urls import reverse

from contacts import saved_views
from contacts.models import SavedFilter, SavedView
from crmseg.access.models import Role, User
from segments.models import Segment
from segments.views.builder.draft import Draft

from .factories import ContactFactory
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db
ITALY = {"property": "country", "op": "is", "value": "IT"}
HTMX = {"HX-Request": "true"}


@pytest.fixture(params=[Role.MARKETER, Role.VIEWER])
def person(client, request):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=request.param)
    client.force_login(user)
    return user


@pytest.fixture
def italy():
    return sent(
        Draft("group", {"mode": ["all"], "bare": ["1"]}, [condition(what="property:country", op="is", value="IT")])
    )


def go(client, draft, then="show", beside="", **more):
    return client.post(f"{reverse('segments:filter')}?{beside}&then={then}", {"draft": draft, **more}, headers=HTMX)


def test_these_people_are_shown_in_the_table_beside_what_narrowed_it_already(client, person, italy):
    ContactFactory(country="IT", first_name="Ada")
    ContactFactory(country="FR", first_name="Bea")
    url = go(client, italy, beside="view=leads&q=a")["HX-Redirect"]
    token = SavedFilter.objects.get().token
    assert url == f"{reverse('contacts:list')}?view=leads&q=a&filter={token}"
    html = client.get(f"{reverse('contacts:list')}?filter={token}").content.decode()
    assert "Ada" in html
    assert "Bea" not in html
    assert "Country is “IT”" in html


def test_the_page_opens_with_the_filter_of_the_table_and_says_what_it_is_for(client, person):
    token = saved_views.keep_filter(ITALY)
    html = client.get(reverse("segments:filter"), {"filter": token, "q": "ada"}).content.decode()
    assert "Filter contacts" in html
    assert "Show these people" in html
    assert 'value="property:country"' in html
    assert f'href="{reverse("contacts:list")}?q=ada&amp;filter={token}"' in html
    assert ("Save as a list" in html) is (person.role == Role.MARKETER)


def test_whoever_reads_may_count_and_change_rows(client, person, italy):
    ContactFactory(country="IT")
    for name in ("preview", "details", "rows", "as_json"):
        assert client.post(reverse(f"segments:{name}"), {"draft": italy}).status_code == 200


def test_it_is_kept_as_a_view(client, person, italy):
    response = go(client, italy, then="view", beside="q=a", view_name="Italians")
    view = SavedView.objects.get()
    assert response["HX-Redirect"] == f"{reverse('contacts:list')}?view={view.pk}"
    assert view.query == {"q": "a", "filter": SavedFilter.objects.get().token}
    unnamed = go(client, italy, then="view", view_name=" ")
    assert unnamed.status_code == 422
    assert "Give the view a name." in unnamed.content.decode()


def test_it_goes_on_to_a_new_list_with_the_same_rows(client, person, italy):
    url = go(client, italy, then="list")["HX-Redirect"]
    page = client.get(url)
    if person.role == Role.VIEWER:
        assert page.status_code == 403
        return
    assert 'value="property:country"' in page.content.decode()
    assert not Segment.objects.exists()


def test_what_is_not_finished_is_not_shown(client, person):
    unfinished = condition(what="property:city", op="is")
    response = go(client, sent(Draft("group", {"mode": ["all"]}, [unfinished])))
    assert response.status_code == 422
    assert f'data-row="{unfinished.id}"' in response.content.decode()
    assert not SavedFilter.objects.exists()


def test_an_address_of_no_filter_is_refused_in_words(client, person):
    response = client.get(reverse("segments:filter"), {"filter": "nonsense"})
    assert response.status_code == 400
    assert "There is no such filter" in response.content.decode()
