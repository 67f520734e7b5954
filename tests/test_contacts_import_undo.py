"""Taking a whole import back: what goes, what returns, what stays and why; and what a kill leaves to do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from contacts import importing, services, tasks
from contacts.importing import undoing
from contacts.models import Company, Consent, Contact, ContactImport, ImportAnswer, ImportTouch, UndoProblem
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict
from segments import services as lists
from segments.engine import drain
from segments.models import Membership

from .factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory
from .test_contacts_api import body, caller
from .test_contacts_imports import load

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")
State = ContactImport.State


def undo(item: ContactImport) -> ContactImport:
    importing.undo(item.pk, actor=BY)
    importing.run_undo(item.pk)
    item.refresh_from_db()
    assert item.state == State.UNDONE
    assert not ImportTouch.objects.filter(contact_import=item).exists()
    assert not ImportAnswer.objects.filter(contact_import=item).exists()
    return item


def numbers(item: ContactImport) -> tuple[int, int, int]:
    return item.undo_deleted, item.undo_restored, item.undo_kept


def kept(item: ContactImport) -> list[tuple[int, str, str]]:
    return list(item.undo_problems.order_by("contact_id", "key").values_list("contact_id", "key", "reason"))


def everything() -> list[dict]:
    unstamped = {field.column for field in Contact._meta.concrete_fields} - {"updated_at"}
    consents = Consent.objects.order_by("pk").values("contact_id", "channel", "topic", "status", "method", "changed_at")
    return [*Contact.objects.order_by("pk").values(*unstamped), *consents]


def test_a_whole_import_is_taken_back():
    AttributeFactory(key="plan"), AttributeFactory(key="seats", type="number")
    ada = ContactFactory(
        email="ada@example.org", first_name="Ada", city="London", attributes={"plan": "free"}, interests=["looms"]
    )
    bob = ContactFactory(email="bob@example.org", company=CompanyFactory(domain="old.example"))
    ContactFactory(email="cy@example.org", first_name="Cy")
    ConsentFactory(contact=ada, method="form")
    before = everything()
    text = (
        "email,first_name,last_name,city,plan,seats,interests,company domain,latitude,longitude,budget,newsletter\n"
        "ada@example.org,Augusta,Lovelace,Ockham,paid,3,maths;engines,new.example,51.5,-0.1,19.99,no\n"
        "bob@example.org,Bob,,,free,,,new.example,,,,yes\n"
        "cy@example.org,Cy,,,,,,,,,,\n"
        "new@example.org,New,,,,,,other.example,,,,yes\n"
    )
    item = load(text)
    assert (item.created, item.updated, item.unchanged, item.refused) == (1, 2, 1, 0)
    undo(item)
    assert everything() == before
    assert (numbers(item), kept(item)) == ((1, 2, 0), [])
    assert list(Company.objects.values_list("domain", flat=True)) == ["old.example"]
    bob.refresh_from_db()
    assert AuditEntry.objects.filter(action="undone", object_id=str(item.pk)).exists()


def test_what_others_changed_since_stays_and_is_reported():
    ada = ContactFactory(email="ada@example.org", city="London", country="GB")
    item = load("email,city,country,newsletter\nada@example.org,Paris,FR,yes\n")
    services.update_contact(ada.pk, data={"city": "Rome"}, actor=BY)
    services.set_consent([ada.pk], channel="email", status="unsubscribed", actor=BY)
    undo(item)
    ada.refresh_from_db()
    assert (ada.city, ada.country) == ("Rome", "GB")
    assert Consent.objects.get().status == "unsubscribed"
    assert kept(item) == [(ada.pk, "city", "changed"), (ada.pk, "consent.email", "changed")]
    city = UndoProblem.objects.get(key="city")
    assert (city.former, city.imported, city.present) == ("London", "Paris", "Rome")
    assert numbers(item) == (0, 0, 1)
    report = list(importing.undo_report(item.pk))
    assert "London,Paris,Rome" in report[1]


def test_the_later_of_two_imports_is_taken_back_first_or_the_earlier_reports():
    ada = ContactFactory(email="ada@example.org", city="London")
    first, second = load("email,city\nada@example.org,Paris\n"), load("email,city\nada@example.org,Rome\n")
    undo(second)
    undo(first)
    ada.refresh_from_db()
    assert ada.city == "London"
    first, second = load("email,city\nada@example.org,Paris\n"), load("email,city\nada@example.org,Rome\n")
    undo(first)
    undo(second)
    ada.refresh_from_db()
    assert (ada.city, kept(first)) == ("Paris", [(ada.pk, "city", "changed")])


def uses(contact: Contact) -> dict:
    from campaigns.models import Campaign, Send

    def listed() -> None:
        lists.add_members(lists.create_segment(name="L", kind="static", actor=BY).pk, [contact.pk], actor=BY)

    def written_to() -> None:
        Send.objects.create(campaign=Campaign.objects.create(name="C"), contact_id=contact.pk, address="a")

    return {
        "changed": lambda: services.update_contact(contact.pk, data={"city": "Rome"}, actor=BY),
        "active": lambda: EventFactory(contact=contact),
        "answered": lambda: services.set_consent([contact.pk], channel="sms", status="subscribed", actor=BY),
        "listed": listed,
        "written to": written_to,
    }


@pytest.mark.parametrize("use", ["changed", "active", "answered", "listed", "written to"])
def test_a_contact_that_was_used_since_stays(use):
    item = load("email,newsletter\nnew@example.org,yes\nother@example.org,\n")
    new = Contact.objects.get(email="new@example.org")
    uses(new)[use]()
    undo(item)
    assert Contact.objects.get() == new
    assert (kept(item), numbers(item)) == ([(new.pk, "", "used")], (1, 0, 1))


def test_a_contact_made_and_changed_by_one_import_counts_as_made(monkeypatch):
    monkeypatch.setattr(importing.running, "CHUNK", 1)
    item = load("email,city,newsletter\nnew@example.org,Rome,yes\nnew@example.org,Paris,no\n")
    assert Contact.objects.get().city == "Paris"
    undo(item)
    assert not Contact.objects.exists()


def test_the_first_of_two_chunks_says_what_was_and_the_last_what_is(monkeypatch):
    monkeypatch.setattr(importing.running, "CHUNK", 1)
    ada = ContactFactory(email="ada@example.org", city="London")
    ConsentFactory(contact=ada, status="never")
    item = load("email,city,newsletter\nada@example.org,Rome,yes\nada@example.org,Paris,no\n")
    undo(item)
    ada.refresh_from_db()
    assert (ada.city, Consent.objects.get().status, kept(item)) == ("London", "never", [])


def test_who_was_merged_or_deleted_since():
    item = load("email,city\nnew@example.org,Rome\ngone@example.org,Rome\n")
    keeper, new = ContactFactory(), Contact.objects.get(email="new@example.org")
    services.merge_contacts(keeper.pk, new.pk, actor=BY)
    services.delete_contacts([Contact.objects.get(email="gone@example.org").pk], actor=BY)
    undo(item)
    assert kept(item) == [(new.pk, "", "merged")]


def test_an_address_that_another_has_taken_is_not_taken_back():
    ada = ContactFactory(external_id="1", email="ada@example.org")
    item = load("external id,email\n1,new@example.org\n")
    ContactFactory(email="ADA@example.org")
    undo(item)
    ada.refresh_from_db()
    assert (ada.email, kept(item)) == ("new@example.org", [(ada.pk, "email", "taken")])


def test_two_who_are_in_each_others_way_do_not_stop_the_rest(monkeypatch):
    ada, bob = ContactFactory(email="ada@example.org"), ContactFactory(email="bob@example.org")
    item = load("email,city\nada@example.org,Rome\nbob@example.org,Rome\n")
    really = undoing.former.put_back

    def refuse(rows):
        if any(pk == bob.pk for pk, _before, _after in rows):
            raise IntegrityError
        return really(rows)

    monkeypatch.setattr(undoing.former, "put_back", refuse)
    undo(item)
    ada.refresh_from_db()
    assert (ada.city, kept(item)) == (None, [(bob.pk, "city", "taken")])


def test_places_on_its_list_are_given_up_but_not_those_of_others():
    club = lists.create_segment(name="Club", kind="static", actor=BY)
    ada, bob, cy = (ContactFactory(email=f"{name}@example.org") for name in ("ada", "bob", "cy"))
    lists.add_members(club.pk, [ada.pk], actor=BY)
    item = load("email\nada@example.org\nbob@example.org\ncy@example.org\nnew@example.org\n", static_list_id=club.pk)
    lists.remove_members(club.pk, [cy.pk], actor=BY)
    lists.add_members(club.pk, [cy.pk], actor=BY)
    undo(item)
    drain.drain()
    assert set(Membership.objects.values_list("contact_id", flat=True)) == {ada.pk, cy.pk}
    assert Contact.objects.count() == 3
    assert bob in Contact.objects.all()


def test_a_list_that_is_gone_is_no_obstacle():
    club = lists.create_segment(name="Club", kind="static", actor=BY)
    item = load("email\nnew@example.org\n", static_list_id=club.pk)
    lists.delete_segment(club.pk, actor=BY)
    assert numbers(undo(item)) == (1, 0, 0)


def test_an_import_that_was_undone_can_be_imported_again():
    item = load("email\nnew@example.org\n")
    undo(item)
    importing.start(item.pk, actor=BY)
    importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.created, item.undo_deleted) == (State.DONE, 1, 0)
    undo(item)
    assert not Contact.objects.exists()


def test_only_what_has_ended_and_was_kept_can_be_undone():
    dry = load("email\nnew@example.org\n", dry=True)
    with pytest.raises(Conflict, match="has ended"):
        importing.undo(dry.pk, actor=BY)
    done = load("email\nnew@example.org\n")
    ContactImport.objects.filter(pk=done.pk).update(started_at=clock.now() - timedelta(days=91))
    with pytest.raises(Conflict, match="90 days"):
        importing.undo(done.pk, actor=BY)
    tasks.forget_former()
    assert not ImportTouch.objects.exists()
    ContactImport.objects.filter(pk=done.pk).update(started_at=clock.now())
    with pytest.raises(Conflict, match="not kept"):
        importing.undo(done.pk, actor=BY)


def test_a_killed_undo_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 2)
    ada = ContactFactory(email="ada@example.org", city="London")
    rows = "".join(f"new{n}@example.org,Rome\n" for n in range(6))
    item = load(f"email,city\nada@example.org,Rome\n{rows}")
    importing.undo(item.pk, actor=BY)
    assert importing.waiting_undo() == [item.pk]
    calls = []

    class Killed(BaseException):
        pass

    def die(ids, actor):
        calls.append(ids)
        if len(calls) == 2:
            raise Killed
        return services.contacts.delete_contacts(ids, actor=actor)

    monkeypatch.setattr(undoing.services, "delete_contacts", die)
    with pytest.raises(Killed):
        importing.run_undo(item.pk)
    item.refresh_from_db()
    assert (item.state, item.undo_done, Contact.objects.count()) == (State.UNDOING, 2, 6)
    assert importing.waiting_undo() == [], "its lease still holds"
    importing.run_undo(item.pk)
    assert Contact.objects.count() == 6
    ContactImport.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert importing.waiting_undo() == [item.pk]
    tasks.sweep_imports()
    importing.run_undo(item.pk)
    item.refresh_from_db()
    ada.refresh_from_db()
    assert (item.state, Contact.objects.count(), ada.city) == (State.UNDONE, 1, "London")
    assert (item.undo_done, item.undo_total, numbers(item)) == (7, 7, (6, 1, 0))


def test_the_import_behind_a_merge_and_its_undo_is_still_taken_back():
    ada = ContactFactory(email="ada@example.org", city="London")
    item = load("email,city\nada@example.org,Rome\nnew@example.org,Oslo\n")
    new = Contact.objects.get(email="new@example.org")
    services.merge_contacts(ada.pk, new.pk, actor=BY)
    services.unmerge_contacts(ada.pk, actor=BY)
    undo(item)
    ada.refresh_from_db()
    assert (ada.city, Contact.objects.count(), kept(item)) == ("London", 1, [])


def test_the_api_undoes_and_reports():
    api = caller()
    ada = ContactFactory(email="ada@example.org", city="London")
    item = load("email,city\nada@example.org,Paris\nnew@example.org,Paris\n")
    services.update_contact(ada.pk, data={"city": "Rome"}, actor=BY)
    address = f"/api/v1/imports/{item.pk}/"
    assert body(api.get(address))["undo"] is None
    assert caller("read").post(f"{address}undo/").status_code == 403
    began = body(api.post(f"{address}undo/"))
    assert (began["state"], began["undo"]["total"]) == ("undoing", 2)
    importing.run_undo(item.pk)
    again = api.post(f"{address}undo/")
    assert (again.status_code, body(again)["state"]) == (200, "undone")
    assert body(again)["undo"] == {"total": 2, "done": 2, "deleted": 1, "restored": 0, "kept": 1}
    (problem,) = body(api.get(f"{address}undo/"))["results"]
    assert (problem["contact"], problem["field"], problem["reason"]) == (ada.pk, "city", "changed")
    assert (problem["before"], problem["imported"], problem["now"]) == ("London", "Paris", "Rome")
    assert api.post("/api/v1/imports/999999/undo/").status_code == 404
    dry = load("email\nnew@example.org\n", dry=True)
    assert api.post(f"/api/v1/imports/{dry.pk}/undo/").status_code == 409
