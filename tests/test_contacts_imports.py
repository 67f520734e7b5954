"""From files of any make to contacts: what is guessed, what is refused and why, and what a killed run leaves."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile

from contacts import importing, tasks, values
from contacts.importing import files, running, static_lists
from contacts.importing.cells import Columns, date_order, iso_date, iso_instant, plain_number
from contacts.importing.targets import guess
from contacts.models import AttributeHistory, Contact, ContactImport, ImportProblem
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput
from segments.models import Membership, Segment

from .factories import AttributeFactory, CompanyFactory, ContactFactory

BY = Actor("user", "Grace")
State = ContactImport.State


def receive(text: str | bytes, name: str = "people.csv") -> ContactImport:
    return importing.receive(ContentFile(text.encode() if isinstance(text, str) else text, name=name), name=name)


def load(text: str | bytes, *, dry: bool = False, **options: object) -> ContactImport:
    item = receive(text)
    if options:
        importing.configure(item.pk, actor=BY, **options)
    (importing.dry_run if dry else importing.start)(item.pk, actor=BY)
    importing.run(item.pk)
    item.refresh_from_db()
    return item


def counts(item: ContactImport) -> tuple[int, int, int, int]:
    return item.created, item.updated, item.unchanged, item.refused


def found(item: ContactImport) -> list[tuple[int, str, str]]:
    return list(item.problems.order_by("row", "id").values_list("row", "column", "value"))


# The shape of a file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_recognised(encoding, delimiter):
    rows = [["Prénom", "Ville", "E-mail"]] + [["Zoë", "Évreux", f"zoe{n}@example.org"] for n in range(50)]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    shape = files.sniff(BytesIO(data), len(data))
    assert (shape.delimiter, shape.has_header) == (delimiter, True)
    assert [cells for _number, cells in files.rows(BytesIO(data), shape)][1] == rows[1]


def test_a_file_without_header_is_noticed_and_its_columns_numbered():
    data = b"ada@example.org,Ada\nbob@example.org,Bob\n"
    shape = files.sniff(BytesIO(data), len(data))
    assert not shape.has_header
    assert files.header(BytesIO(data), shape) == ["Column 1", "Column 2"]


def test_rows_are_numbered_as_in_a_spreadsheet_and_blank_ones_skipped():
    data = b'email,note\n\na@b.org,"two\nlines"\n , \nc@d.org,x\n'
    rows = list(files.data(BytesIO(data), files.Shape("utf-8", ",")))
    assert rows == [(3, ["a@b.org", "two\nlines"]), (5, ["c@d.org", "x"])]


def test_columns_of_one_name_are_told_apart():
    assert files.header(BytesIO(b"a,a,,b,,\n1,2,3,4,,\n"), files.Shape("utf-8", ",")) == ["a", "a (2)", "Column 3", "b"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + b"x" * 100,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00",
        b"email\x00\na@b.org\n",
        bytes(range(256)) * 20,
        b"\xff\xfe\xff",
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(data):
    with pytest.raises(InvalidInput):
        importing.receive(ContentFile(data, name="x.csv"), name="x.csv")


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(InvalidInput, match="200 MB"):
        files.sniff(BytesIO(b"x"), 201 * files.MB)


def test_a_quotation_mark_never_closed_is_a_problem():
    data = b'email,note\na@b.org,"' + b"x" * 200_000
    with pytest.raises(InvalidInput, match="quotation mark"):
        list(files.rows(BytesIO(data), files.Shape("utf-8", ",")))


def test_an_encoding_that_does_not_fit_is_a_problem():
    with pytest.raises(InvalidInput, match="encoding"):
        list(files.rows(BytesIO(b"email\n\x81\x8d\n"), files.Shape("cp1252", ",")))


# Columns


@pytest.mark.django_db
def test_columns_are_recognised_in_four_languages():
    AttributeFactory(key="favourite_shop", label="Favourite shop")
    guessed = guess(
        ["E-Mail", "Prénom", "Apellidos", "CAP", "Data di nascita", "Société", "FAVOURITE SHOP", "blah", "e-mail"]
    )
    assert guessed == {
        "E-Mail": "email",
        "Prénom": "first_name",
        "Apellidos": "last_name",
        "CAP": "postal_code",
        "Data di nascita": "birth_date",
        "Société": "company.name",
        "FAVOURITE SHOP": "favourite_shop",
    }


@pytest.mark.django_db
def test_our_own_export_is_recognised_whole():
    ContactFactory()
    from contacts.export import contacts_csv

    header = next(csv.reader([next(iter(contacts_csv(Contact.objects.all())))]))
    writable = [name for name in header if name not in {"id", "created_at", "updated_at"}]
    assert guess(header) == {name: name for name in writable}


# Cells


@pytest.mark.parametrize(
    ("text", "comma", "plain"),
    [
        ("1234.56", False, "1234.56"),
        ("1,234.56", False, "1234.56"),
        ("1.234,56 €", True, "1234.56"),
        ("1.234,56", False, "1234.56"),
        ("1,234", False, "1234"),
        ("1,234", True, "1.234"),
        ("1.234", True, "1234"),
        ("1.234", False, "1.234"),
        ("12,5", False, "12.5"),
        ("1 234 567", False, "1234567"),
        ("1'234.50", False, "1234.50"),
        ("USD 5", False, "5"),
        ("five", False, "five"),
    ],
)
def test_numbers_as_spreadsheets_write_them(text, comma, plain):
    assert plain_number(text, comma) == plain


def test_dates_are_turned_when_the_file_gives_their_order_away():
    assert [date_order(text) for text in ("31/01/2026", "01/31/2026", "01/02/2026", "2026-01-31")] == [
        "dmy",
        "mdy",
        "",
        "",
    ]
    assert iso_date("01/02/2026", "dmy") == "2026-02-01"
    assert iso_date("01/02/2026", "mdy") == "2026-01-02"
    assert iso_date("01/02/2026", "") == "01/02/2026"
    assert iso_date("1.2.2026", "") == "2026-02-01"
    assert iso_date("2026/1/31", "") == "2026-01-31"
    assert iso_date("2026-01-31 00:00:00", "") == "2026-01-31"
    rome = ZoneInfo("Europe/Rome")
    assert iso_instant("2026-01-31 10:00", "", rome) == "2026-01-31T10:00:00+01:00"
    assert iso_instant("31.01.2026", "", rome) == "2026-01-31T00:00:00+01:00"
    assert iso_instant("2026-01-31T10:00:00Z", "", rome) == "2026-01-31T10:00:00+00:00"


@pytest.mark.django_db
def test_a_row_says_what_its_cells_say_and_empty_cells_say_nothing():
    AttributeFactory(key="score", type="number")
    keys = [
        "full_name",
        "latitude",
        "longitude",
        "interests",
        "score",
        "company.name",
        "consent.email",
        "city",
        "phone",
        "",
    ]
    columns = Columns([*"abcdefghij"], keys, values.catalog(), {}, False, ZoneInfo("UTC"))
    said = columns.contact(["Ada King Lovelace", "1.5", "2", "a; b", "1,000", "Acme", "Sì", " ", "'+39061234567", "x"])
    assert said == {
        "first_name": "Ada",
        "last_name": "King Lovelace",
        "location": {"lat": "1.5", "lon": "2"},
        "interests": ["a", "b"],
        "company": {"name": "Acme"},
        "consent": {"email": "subscribed"},
        "phone": "+39061234567",
        "attributes": {"score": "1000"},
    }
    assert columns.contact(["", ""]) == {}
    assert columns.column_of("/attributes/score") == 4
    assert columns.column_of("/location") == 1
    assert columns.column_of("") is None


# Runs

PEOPLE = """Customer ID;Email;Name;City;Birthday;Budget
1;ada@example.org;Ada Lovelace;Rome;31/12/1990;1.234,50
2;nonsense;Bob;Oslo;01/02/1990;5
3;cy@example.org;Cy;;tomorrow;5
;;Dee;;;
5;eve@example.org;Eve;Paris;02/01/1990;x;y;z
6;fay@example.org;Fay;Bonn;;
"""


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_writes_nothing():
    ContactFactory(external_id="6", email="fay@example.org", city="Bonn", first_name="Fay")
    item = load(PEOPLE, dry=True)
    assert (item.state, item.rows, counts(item)) == (State.DONE, 6, (1, 0, 1, 4))
    assert Contact.objects.count() == 1
    assert found(item) == [(3, "Email", "nonsense"), (4, "Birthday", "tomorrow"), (5, "", ""), (6, "", "")]


@pytest.mark.django_db
def test_a_run_lands_the_good_rows_with_the_imports_name():
    AttributeFactory(key="x")
    ContactFactory(external_id="6", city="Bremen")
    item = load(PEOPLE)
    assert (item.state, counts(item)) == (State.DONE, (1, 1, 0, 4))
    ada = Contact.objects.get(external_id="1")
    assert (ada.first_name, ada.last_name, ada.birth_date.isoformat()) == ("Ada", "Lovelace", "1990-12-31")
    assert ada.budget == Decimal("1234.5")
    assert AttributeHistory.objects.filter(key="city").get().actor == "import:people.csv"
    assert AuditEntry.objects.filter(action="started", object_type="contactimport").exists()


@pytest.mark.django_db
def test_the_problems_file_is_mended_and_imported_again():
    item = load(PEOPLE)
    rows = list(csv.DictReader("".join(importing.problems_csv(item.pk)).splitlines(keepends=True)))
    assert [(row["Row"], row["Column"], row["Value"]) for row in rows[:2]] == [
        ("3", "Email", "nonsense"),
        ("4", "Birthday", "tomorrow"),
    ]
    assert rows[0]["Reason"].endswith(".")
    assert (rows[0]["Customer ID"], rows[0]["Name"]) == ("2", "Bob")


@pytest.mark.django_db
def test_a_second_run_of_the_same_file_changes_nothing():
    load("email,city\nada@example.org,Rome\nbob@example.org,Oslo\n")
    item = load("email,city\nada@example.org,Rome\nbob@example.org,Oslo\n")
    assert counts(item) == (0, 0, 2, 0)


@pytest.mark.django_db
def test_a_dry_run_knows_people_who_come_twice(monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 1)
    item = load("email,city\nada@example.org,Rome\nADA@example.org,Milan\n", dry=True)
    assert counts(item) == (1, 1, 0, 0)
    item = load("email,city\nada@example.org,Rome\nADA@example.org,Milan\n")
    assert counts(item) == (1, 1, 0, 0)


@pytest.mark.django_db
def test_companies_are_matched_by_domain_when_asked():
    acme = CompanyFactory(domain="acme.example")
    load("email\nada@acme.example\nbob@gmail.com\n", match_company=True)
    assert list(Contact.objects.order_by("email").values_list("company_id", flat=True)) == [acme.pk, None]


@pytest.mark.django_db
def test_imported_people_go_on_the_static_list(monkeypatch):
    put = []
    monkeypatch.setattr(static_lists, "_registered", [])
    static_lists.register(
        lambda list_id, ids, actor, cause: put.append((list_id, len(ids), actor.kind)) or ids,
        lambda: [(7, "Fair")],
        lambda list_id, ids, until, actor, cause: (),
    )
    load("email\nada@example.org\nbob@example.org\n", static_list_id=7)
    assert put == [(7, 2, "import")]
    with pytest.raises(InvalidInput, match="no such static list"):
        load("email\nada@example.org\n", static_list_id=8)


@pytest.mark.django_db
def test_a_list_that_goes_away_meanwhile_fails_the_import_with_a_sentence():
    fair = Segment.objects.create(name="Fair", kind="static")
    item = receive("email\nada@example.org\n")
    importing.configure(item.pk, actor=BY, static_list_id=fair.pk)
    importing.start(item.pk, actor=BY)
    fair.delete()
    importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, Contact.objects.count()) == (State.FAILED, 0)
    assert "list" in item.error


@pytest.mark.django_db
def test_imported_people_are_members_of_the_list():
    fair = Segment.objects.create(name="Fair", kind="static")
    load("email\nada@example.org\nbob@example.org\n", static_list_id=fair.pk)
    assert Membership.objects.filter(segment=fair).count() == 2


class Killed(BaseException):
    """What a `kill -9` looks like from inside: nothing is tidied up."""


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_goes_on_after_its_last_chunk(monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 10)
    text = "email,city\n" + "".join(f"p{n}@example.org,Rome\n" for n in range(35)) + "bad,x\n"
    item = receive(text)
    importing.start(item.pk, actor=BY)
    whole, calls = running.upsert_contacts, []

    def die_in_the_third(rows, **options):
        calls.append(len(rows))
        result = whole(rows, **options)
        if len(calls) == 3:
            raise Killed
        return result

    monkeypatch.setattr(running, "upsert_contacts", die_in_the_third)
    with pytest.raises(Killed):
        importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.rows_done, Contact.objects.count()) == (State.RUNNING, 20, 20)
    assert importing.waiting() == []
    importing.run(item.pk)  # not free yet
    assert Contact.objects.count() == 20

    ContactImport.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert importing.waiting() == [item.pk]
    importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, counts(item), item.rows_done) == (State.DONE, (35, 0, 0, 1), 36)
    assert ImportProblem.objects.get().row == 37


@pytest.mark.django_db
def test_whoever_lost_the_lease_writes_nothing_more(monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 1)
    item = receive("email\na@example.org\nb@example.org\n")
    importing.start(item.pk, actor=BY)
    look = running._columns

    def look_and_be_overtaken(*args):
        result = look(*args)
        ContactImport.objects.update(rows_done=5)  # as another worker would
        return result

    monkeypatch.setattr(running, "_columns", look_and_be_overtaken)
    importing.run(item.pk)
    assert not Contact.objects.exists()


@pytest.mark.django_db
def test_an_import_is_cancelled_while_it_waits_or_runs(monkeypatch):
    waiting = receive("email\na@example.org\n")
    importing.start(waiting.pk, actor=BY)
    with pytest.raises(Conflict):
        importing.configure(waiting.pk, actor=BY, has_header=False)
    importing.cancel(waiting.pk, actor=BY)
    importing.run(waiting.pk)
    assert not Contact.objects.exists()

    monkeypatch.setattr(running, "CHUNK", 1)
    item = receive("email\na@example.org\nb@example.org\n")
    importing.start(item.pk, actor=BY)
    whole = running.upsert_contacts

    def cancelled_meanwhile(rows, **options):
        importing.cancel(item.pk, actor=BY)
        return whole(rows, **options)

    monkeypatch.setattr(running, "upsert_contacts", cancelled_meanwhile)
    importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, item.rows_done, Contact.objects.count()) == (State.CANCELLED, 1, 1)
    with pytest.raises(Conflict):
        importing.cancel(item.pk, actor=BY)


@pytest.mark.django_db
def test_a_wrong_encoding_fails_with_a_sentence():
    item = load("email,città\nada@example.org,Forlì\n".encode("cp1252"), encoding="utf-8")
    assert item.state == State.FAILED
    assert "encoding" in item.error


@pytest.mark.django_db
def test_a_lost_file_fails_with_a_sentence():
    item = receive("email\nada@example.org\n")
    importing.start(item.pk, actor=BY)
    item.file.storage.delete(item.file.name)
    importing.run(item.pk)
    item.refresh_from_db()
    assert (item.state, bool(item.error)) == (State.FAILED, True)


@pytest.mark.django_db
def test_the_sweep_rings_for_what_waits(monkeypatch):
    item = receive("email\nada@example.org\n")
    importing.start(item.pk, actor=BY)
    rung = []
    monkeypatch.setattr(tasks.run_import, "delay", rung.append)
    tasks.sweep_imports()
    assert rung == [item.pk]


@pytest.mark.django_db
def test_names_of_files_are_only_names():
    assert receive("email\na@b.org\n", name="../../etc/passwd\x00").name == "passwd"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_hundred_thousand_rows_come_in_whole():
    head = "Customer ID,Email,First name,Last name,Phone,Country,City,Birthday,Interests,Budget\n"
    rows = (
        f"c{n},person{n}@example.org,Ada,Lovelace,+1617555{n % 10_000:04},US,Rome,1990-12-10,maths; art,{n % 1000}.5\n"
        for n in range(100_000)
    )
    item = receive(head + "".join(rows))
    importing.start(item.pk, actor=BY)
    importing.run(item.pk)
    item.refresh_from_db()
    assert counts(item) == (100_000, 0, 0, 0)
