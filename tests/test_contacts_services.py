"""Contacts, companies, attributes and consents, one by one: what is kept, what is refused, and who did it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from contacts import guards, services
from contacts.models import AttributeHistory, Company, Consent, ConsentHistory, Contact, ContactChange, Event
from contacts.signals import contacts_changed
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


def problems(call, *, status: int = 400) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        call()
    assert refused.value.status == status
    return {problem.pointer: problem.message for problem in refused.value.problems}


def create(**data: object) -> Contact:
    return services.create_contact(data=data, actor=BY)


def test_a_contact_is_kept_as_said_and_tidied():
    AttributeFactory(key="score", type="number")
    contact = create(
        email=" Ada@Example.ORG ",
        country="Italy",
        phone="06 1234 5678",
        birth_date="1990-12-10",
        interests=["maths", "maths", "engines"],
        location={"lat": 42.36, "lon": -71.06},
        budget=Decimal("1000.50"),
        attributes={"score": Decimal("19.99")},
        consent={"email": {"status": "subscribed", "method": "form"}},
    )
    contact = Contact.objects.get(pk=contact.pk)
    assert (contact.email, contact.country, contact.phone) == ("Ada@example.org", "IT", "+390612345678")
    assert (contact.birth_date, contact.interests) == (date(1990, 12, 10), ["maths", "engines"])
    assert (contact.latitude, contact.longitude, contact.budget) == (42.36, -71.06, Decimal("1000.5"))
    assert contact.attributes == {"score": Decimal("19.99")}
    assert contact.consents.get().method == "form"
    assert ConsentHistory.objects.get().actor == "user:Grace"


def test_every_problem_is_reported_at_once_with_its_place():
    AttributeFactory(key="favourite_shop")
    found = problems(
        lambda: create(
            emial="ada@example.org",
            country="Atlantis",
            age=7,
            company="Acme",
            favourite_shop="x",
            attributes={"favorite_shop": "x", "email": "y"},
            consent={"email": "maybe", "Fax!": "subscribed", "sms": {"status": "subscribed", "why": 1}},
        )
    )
    assert found.keys() == {
        "/emial",
        "/country",
        "/age",
        "/company",
        "/favourite_shop",
        "/attributes/favorite_shop",
        "/attributes/email",
        "/consent/email",
        "/consent/Fax!",
        "/consent/sms/why",
    }
    assert "email" in found["/emial"]
    assert "favourite_shop" in found["/attributes/favorite_shop"]


@pytest.mark.parametrize("data", [{}, {"email": ""}, {"attributes": {}}, {"consent": {"email": "subscribed"}}])
def test_a_contact_about_whom_nothing_is_said(data):
    if data.get("email") == "":
        assert services.create_contact(data=data, actor=BY).email is None
    else:
        problems(lambda: services.create_contact(data=data, actor=BY))


@pytest.mark.parametrize("data", [None, [], "ada", {"attributes": []}, {"consent": []}, {5: 1}])
def test_what_is_no_object_is_refused(data):
    problems(lambda: services.create_contact(data=data, actor=BY))


def test_two_contacts_cannot_share_an_address_or_an_external_id():
    create(email="ada@example.org", external_id="7")
    assert problems(lambda: create(email="ADA@example.org"), status=409).keys() == {"/email"}
    assert problems(lambda: create(external_id="7"), status=409).keys() == {"/external_id"}
    bob = create(email="bob@example.org")
    change = {"email": "Ada@EXAMPLE.org"}
    assert problems(lambda: services.update_contact(bob.pk, data=change, actor=BY), status=409).keys() == {"/email"}


def test_an_update_changes_the_given_keys_and_null_clears():
    AttributeFactory(key="plan")
    AttributeFactory(key="seats", type="number")
    contact = create(email="ada@example.org", city="Rome", interests=["maths"], attributes={"plan": "pro", "seats": 3})
    services.update_contact(
        contact.pk, data={"city": None, "interests": [], "attributes": {"plan": "", "seats": 4}}, actor=BY
    )
    contact = Contact.objects.get()
    assert (contact.city, contact.interests, contact.email) == (None, None, "ada@example.org")
    assert contact.attributes == {"seats": 4}
    history = AttributeHistory.objects.order_by("key").values_list("key", "old", "new", "actor")
    assert list(history) == [
        ("city", "Rome", None, "user:Grace"),
        ("interests", ["maths"], None, "user:Grace"),
        ("plan", "pro", None, "user:Grace"),
        ("seats", 3, 4, "user:Grace"),
    ]


def test_an_update_that_changes_nothing_leaves_no_trace():
    AttributeFactory(key="place", type="location")
    contact = create(
        email="ada@example.org", budget="1000.50", attributes={"place": {"lat": Decimal("42.36"), "lon": -71}}
    )
    stamp = Contact.objects.get().updated_at
    ContactChange.objects.all().delete()
    data = {"email": "ada@Example.org", "budget": 1000.5, "attributes": {"place": {"lat": 42.36, "lon": -71.0}}}
    services.update_contact(contact.pk, data=data, actor=BY)
    assert Contact.objects.get().updated_at == stamp
    assert not ContactChange.objects.exists()


def test_a_phone_is_read_in_the_country_already_known():
    contact = create(country="US")
    services.update_contact(contact.pk, data={"phone": "(617) 555-0123"}, actor=BY)
    assert Contact.objects.get().phone == "+16175550123"


def test_a_change_rings_once_after_commit(django_capture_on_commit_callbacks):
    rung = []

    def hear(**kwargs):
        rung.append(1)
        raise OSError("the broker is down")

    contacts_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            contact = create(email="ada@example.org")
            services.update_contact(contact.pk, data={"city": "Rome"}, actor=BY)
    finally:
        contacts_changed.disconnect(hear)
    assert rung == [1]


def test_a_company_is_found_or_made_by_domain_or_name():
    acme = CompanyFactory(name="Acme", domain="acme.example")
    assert create(email="a@x.org", company={"domain": "https://www.ACME.example/about"}).company_id == acme.pk
    assert create(email="b@x.org", company={"name": "acme"}).company_id == acme.pk
    assert create(email="c@x.org", company=acme.pk).company_id == acme.pk
    made = create(email="d@x.org", company={"domain": "new.example", "name": "New"}).company
    assert (made.domain, made.name) == ("new.example", "New")
    assert problems(lambda: create(email="e@x.org", company=10**15)).keys() == {"/company"}
    assert problems(lambda: create(email="e@x.org", company={"nme": "x"})).keys() == {"/company"}


def test_companies_are_created_changed_and_deleted_under_their_contacts():
    company = services.create_company(data={"name": "Acme", "domain": "acme.example", "employees": 12}, actor=BY)
    contact = ContactFactory(company=company)
    services.update_company(company.pk, data={"industry": "Retail", "employees": None}, actor=BY)
    assert Company.objects.get().industry == "Retail"
    twin = {"domain": "ACME.example"}
    assert problems(lambda: services.create_company(data=twin, actor=BY), status=409).keys() == {"/domain"}
    assert problems(lambda: services.update_company(company.pk, data={"name": "", "domain": None}, actor=BY))
    assert services.delete_companies([company.pk], actor=BY) == 1
    contact.refresh_from_db()
    assert contact.company_id is None


def test_deleting_contacts_takes_what_they_did_with_them():
    event = EventFactory()
    services.set_consent([event.contact_id], channel="email", status="subscribed", actor=BY)
    assert services.delete_contacts([event.contact_id, 10**12], actor=BY) == 1
    assert [model for model in (Contact, Event, Consent) if model.objects.exists()] == []


def test_consent_is_set_for_many_and_news_is_counted():
    ada, bob = ContactFactory(), ContactFactory()
    say = {"channel": "email", "status": "unsubscribed", "method": "phone", "actor": BY}
    assert services.set_consent([ada.pk, bob.pk, 10**12], **say) == 2
    assert services.set_consent([ada.pk], **say) == 0
    assert services.set_consent([ada.pk], channel="email", topic="news", status="subscribed", actor=BY) == 1
    assert ConsentHistory.objects.count() == 3
    wrong = {"channel": "email", "status": "maybe", "actor": BY}
    assert problems(lambda: services.set_consent([ada.pk], **wrong)).keys() == {"/status"}


def attribute(**data: object):
    return services.create_attribute(data=data, actor=BY)


def test_attributes_are_declared_and_audited():
    made = attribute(key="plan", type="enum", options=["free", "pro"], group="Product")
    assert (made.label, made.entity) == ("Plan", "contact")
    assert problems(lambda: attribute(key="plan", type="text"), status=409).keys() == {"/key"}
    assert AuditEntry.objects.get().action == "created"


@pytest.mark.parametrize(
    ("data", "pointers"),
    [
        ({}, {"/key", "/type"}),
        ({"key": "email", "type": "text"}, {"/key"}),
        ({"key": "Plan A", "type": "text", "colour": 1}, {"/key", "/colour"}),
        ({"key": "plan", "type": "enum"}, {"/options"}),
        ({"key": "plan", "type": "text", "options": ["a"]}, {"/options"}),
        ({"key": "plan", "type": "enum", "options": ["a", 5, "a"]}, {"/options/1", "/options/2"}),
        ({"key": "plan", "type": ["text"], "label": 5}, {"/type"}),
        ({"key": "plan", "type": "text", "entity": "dog"}, {"/entity"}),
    ],
)
def test_wrong_declarations_are_refused(data, pointers):
    assert problems(lambda: attribute(**data)).keys() == pointers


def test_what_values_hang_on_does_not_change():
    made = attribute(key="plan", type="enum", options=["free", "pro"])
    create(email="ada@example.org", attributes={"plan": "pro"})
    update = {"type": "text", "key": "tariff"}
    assert problems(lambda: services.update_attribute(made.pk, data=update, actor=BY)).keys() == {"/type", "/key"}
    with pytest.raises(Conflict):
        services.update_attribute(made.pk, data={"options": ["free"]}, actor=BY)
    services.update_attribute(made.pk, data={"options": ["pro", "team"], "label": "Tariff"}, actor=BY)
    made.refresh_from_db()
    assert (made.options, made.label) == (["pro", "team"], "Tariff")


def test_an_attribute_in_use_stays_and_an_unused_one_goes_with_its_values(monkeypatch):
    made = attribute(key="plan", type="text")
    create(email="ada@example.org", attributes={"plan": "pro"})
    monkeypatch.setattr(guards, "_guards", [lambda keys: ["the list “Pro”"] if "attribute:plan" in keys else []])
    with pytest.raises(Conflict, match="the list “Pro”"):
        services.delete_attribute(made.pk, actor=BY)
    monkeypatch.setattr(guards, "_guards", [])
    services.delete_attribute(made.pk, actor=BY)
    assert Contact.objects.get().attributes == {}
    assert "attribute:plan" in ContactChange.objects.latest("id").keys
