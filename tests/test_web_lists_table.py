"""The table of lists: what one finds, follows, files, tags and puts away there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build
from segments.models import Folder, Follow, Segment

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def viewer(client):
    user = User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER)
    client.force_login(user)
    return user


def static(name="By hand", **details):
    return services.create_segment(name=name, kind="static", actor=SYSTEM, **details)


def active(name="Italians", definition=ITALIANS):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    while build.run_waiting():
        pass
    return made


def table(client, **query):
    response = client.get(reverse("segments:list"), query)
    assert response.status_code == 200
    return response.content.decode()


def shown(client, **query):
    """The names in the table, in its order."""
    return [row.segment.name for row in client.get(reverse("segments:list"), query).context["rows"]]


def post(client, view, /, *args, **data):
    return client.post(reverse(f"segments:{view}", args=args), data, follow=True)


def test_anybody_follows_a_list_by_its_star_and_leaves_it_again(client, viewer):
    made = static()
    at = reverse("segments:follow", args=[made.pk])
    star = client.post(at, {"follow": "yes"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="true"' in star
    assert Follow.objects.get().user == viewer
    client.post(at, {"follow": "yes"})
    assert Follow.objects.count() == 1
    static("Other")
    assert shown(client, followed="1") == ["By hand"]
    star = client.post(at, {"follow": "no"}, headers={"HX-Request": "true"}).content.decode()
    assert 'aria-pressed="false"' in star
    assert not Follow.objects.exists()


def test_every_filter_stands_in_the_address(client, marketer):
    spring = services.create_folder(name="Spring", actor=SYSTEM)
    inner = services.create_folder(name="Italy", parent=spring.pk, actor=SYSTEM)
    static("Filed", folder=inner.pk, tags=["vip"])
    static("Mine", owner=marketer, description="For the fair")
    active()
    assert shown(client) == ["Filed", "Italians", "Mine"]
    assert shown(client, folder=spring.pk) == ["Filed"]
    assert shown(client, folder="none") == ["Italians", "Mine"]
    assert shown(client, tag="vip") == shown(client, q="VIP") == ["Filed"]
    assert shown(client, owner="me") == shown(client, q="fair") == ["Mine"]
    assert shown(client, owner="none", kind="static") == ["Filed"]
    assert shown(client, kind="active", state="live") == ["Italians"]
    assert shown(client, sort="-name") == ["Mine", "Italians", "Filed"]
    for nonsense in ({"folder": "x"}, {"kind": "x"}, {"owner": "x"}, {"hint": "x"}, {"folder": "9" * 30}):
        assert len(shown(client, **nonsense)) == 3
    assert "No list matches" in table(client, q="zzz")


def test_several_lists_are_moved_and_tagged_at_once(client, marketer):
    ids = [static(f"List {n}").pk for n in range(3)]
    assert "Create folder" in table(client)
    page = post(client, "new_folder", name="Spring").content.decode()
    spring = Folder.objects.get()
    assert "This folder is empty" in page
    assert "Move to folder" in page
    back = f"/lists/?folder={spring.pk}"
    page = post(client, "arrange", segment=ids[:2], do="move", folder=spring.pk, back=back)
    assert page.redirect_chain[0][0] == back
    assert "2 lists moved to “Spring”." in page.content.decode()
    assert "1 list was tagged “vip”." in post(client, "arrange", segment=ids[2], do="tag", tag="vip").content.decode()
    assert "1 list lost the tag" in post(client, "arrange", segment=ids, do="untag", tag="VIP").content.decode()
    assert "No list is selected." in post(client, "arrange", do="move", folder=spring.pk).content.decode()
    assert "Choose a folder first." in post(client, "arrange", segment=ids, do="move").content.decode()
    assert "Write a tag first." in post(client, "arrange", segment=ids, do="tag").content.decode()
    assert post(client, "arrange", segment=ids, do="move", folder="none", back="//evil.example").status_code == 200
    assert not Segment.objects.exclude(folder=None).exists()


def test_enter_in_the_field_of_the_tag_tags(client, marketer):
    page = post(client, "arrange", segment=static().pk, do="move", folder="", tag="vip").content.decode()
    assert "1 list was tagged “vip”." in page


def test_chosen_lists_are_compared_at_most_six_of_them(client, marketer):
    ids = [static(f"List {n}").pk for n in range(7)]
    page = post(client, "arrange", segment=ids[:2], do="compare")
    assert page.redirect_chain[-1][0] == f"/lists/compare/?ids={ids[0]},{ids[1]}"
    page = post(client, "arrange", segment=ids, do="compare")
    assert page.redirect_chain[-1][0] == f"/lists/compare/?ids={','.join(map(str, ids[:6]))}"
    assert "Six lists at most are compared at once." in page.content.decode()


def test_a_folder_is_renamed_and_deleted_and_its_lists_stay(client, marketer):
    spring = services.create_folder(name="Spring", actor=SYSTEM)
    static("Filed", folder=spring.pk)
    assert "Delete the folder “Spring”?" in table(client, folder=spring.pk)
    assert "Summer" in post(client, "rename_folder", spring.pk, name="Summer").content.decode()
    assert "Give the folder a name." in post(client, "rename_folder", spring.pk, name=" ").content.decode()
    assert "1 list stands in none now" in post(client, "delete_folder", spring.pk).content.decode()
    assert shown(client) == ["Filed"]


def test_the_places_that_use_a_list_are_named_beside_their_number(client, marketer):
    inner = active()
    outer = active("Outer", {"segment": inner.pk, "op": "in"})
    html = table(client)
    assert "Italians is used in 1 place" in html
    assert "the list “Outer”" in html
    assert html.count(reverse("segments:segment", args=[outer.pk])) > 1


def test_archiving_asks_first_says_what_is_in_use_and_leads_back(client, marketer):
    ContactFactory(country="IT")
    inner, free = active(), static("Free")
    active("Outer", {"segment": inner.pk, "op": "in"})
    asked = client.get(reverse("segments:archive"), {"segment": [inner.pk, free.pk]}).content.decode()
    assert "Archive “Free”" in asked
    assert "the list “Outer”" in asked
    assert "can be restored for 90 days" in asked
    page = post(client, "archive", segment=[inner.pk, free.pk])
    assert page.redirect_chain[-1][0] == "/lists/?archived=1"
    assert "1 list is archived" in page.content.decode()
    assert "Italians: This list is used: the list “Outer”" in page.content.decode()
    assert shown(client, archived="1") == ["Free"]
    assert shown(client) == ["Italians", "Outer"]
    of_it = client.get(reverse("segments:segment", args=[free.pk])).content.decode()
    assert "it stands still" in of_it
    assert "Add people" not in of_it
    assert "1 list is back." in post(client, "restore", segment=free.pk).content.decode()
    assert "Free" in shown(client)


def test_an_empty_archive_says_what_it_is_for(client, marketer):
    static()
    assert "Nothing is archived" in table(client, archived="1")


def test_viewers_look_and_change_nothing(client, viewer):
    made = static()
    assert 'name="segment"' not in table(client)
    for view in ("arrange", "archive", "restore", "new_folder"):
        assert client.post(reverse(f"segments:{view}"), {"segment": made.pk}).status_code == 403
    assert client.get(reverse("segments:archive"), {"segment": made.pk}).status_code == 403


def test_the_table_goes_into_a_file_as_it_is_filtered(client, viewer):
    spring = services.create_folder(name="Spring", actor=SYSTEM)
    static("Filed", folder=spring.pk, tags=["vip", "web"])
    active()
    response = client.get(reverse("segments:export_table"), {"folder": spring.pk})
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].startswith("id,name,kind,state,size")
    assert "Filed" in lines[1]
    assert '"vip, web"' in lines[1]
    assert len(lines) == 2


def test_no_query_is_asked_for_each_list_folder_or_hint(client, marketer, django_assert_max_num_queries):
    def grow(first, last):
        for number in range(first, last):
            folder = services.create_folder(name=f"Folder {number}", actor=SYSTEM)
            made = static(f"List {number}", folder=folder.pk, tags=[f"tag {number}"])
            services.follow(made.pk, marketer)
            static(f"Snapshot {number}", snapshot_of=made.pk, snapshot_every=timedelta(days=1))
        Segment.objects.update(review_on=clock.now().date(), created_at=clock.now() - timedelta(days=3))

    grow(0, 2)
    with django_assert_max_num_queries(100) as few:
        table(client, hint="empty")
    grow(2, 20)
    with django_assert_max_num_queries(len(few)):
        assert table(client, hint="empty").count("Nobody is in it.") == 40
    with django_assert_max_num_queries(len(few) + 2):
        table(client)


def test_the_page_about_a_list_says_where_it_is_filed(client, marketer):
    spring = services.create_folder(name="Spring", actor=SYSTEM)
    made = static(tags=["vip"])
    at = reverse("segments:about", args=[made.pk])
    page = client.get(at).content.decode()
    assert 'value="vip"' in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    given = {"name": "By hand", "folder": spring.pk, "tags": "VIP, fair", "seen": seen}
    assert client.post(at, given).status_code == 302
    made.refresh_from_db()
    assert (made.folder, made.tags) == (spring, ["vip", "fair"])
    assert client.post(at, given | {"tags": "x" * 60, "seen": ""}).status_code in (409, 422)
    made.refresh_from_db()
    assert made.tags == ["vip", "fair"]
