"""What people would have done with the sample data by the time pictures are taken: pages without any of it are empty.

`LIVE` is run once in an instance with sample data, by its management shell; its workers do the rest. `LEARN` comes
after it: what is looked for in all that happened.
"""

from __future__ import annotations

import json
import time

from .product import Product

LIVE = """
from datetime import timedelta
from decimal import Decimal
from django.core.files.uploadedfile import SimpleUploadedFile
from contacts import bulk, duplicates, importing
from contacts import services as people
from contacts.models import Contact, ContactImport
from crmseg.access import senders
from crmseg.access import services as access
from crmseg.access.models import User
from crmseg.common import clock
from segments import services, tasks
from segments.models import Membership, Segment

if not ContactImport.objects.exists():
    pavel = User.objects.get(email="pavel@example.org")
    by = pavel.actor()
    access.update_account({"name": "Harbour Records"}, actor=by)
    for name, role in (("Mara Lindt", "marketer"), ("Sam Osei", "sales"), ("Vera Blanc", "viewer")):
        access.invite_person(email=f"{name.split()[0].lower()}@example.org", name=name, role=role, actor=by)
    for name, scope in (("Web shop", "ingest"), ("Data warehouse", "read")):
        access.create_key(name=name, scope=scope, actor=by, created_by=pavel)
    senders.save_sender(None, name="Harbour Records", address="hello@harbour.example", is_default=True, actor=by)
    for key, label in (("newsletter", "Newsletter"), ("workshops", "Workshops")):
        people.declare_topic(data={"key": key, "label": label, "channels": ["email"]}, actor=by)

    for number in range(3):
        twin = Contact.objects.filter(company__isnull=False).order_by("pk")[number * 7]
        email = f"{twin.first_name}.{twin.last_name}{number}@twin.example".lower()
        data = {"first_name": twin.first_name, "last_name": twin.last_name, "email": email}
        if twin.postal_code:
            data["postal_code"] = twin.postal_code
        people.create_contact(data=data | {"company": {"domain": twin.company.domain}}, actor=by)
    rows = ["E-mail;First name;Last name;Lifecycle stage;Source;City;Country"]
    first = ("Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Gaia", "Livio")
    last = ("Rossi", "Bianchi", "Ferri", "Galli", "Conti")
    names = [(one, other) for one in first for other in last]
    rows += [f"{a}.{b}@fair.example;{a};{b};lead;trade fair;Ravenna;IT" for a, b in names]
    rows += ["anna.rossi@fair.example;Anna;Rossi;lead;trade fair;Forlì;IT", "not-an-address;Bea;Neri;lead;;Rome;IT"]
    file = SimpleUploadedFile("Fair in Ravenna.csv", "\\n".join(rows).encode())
    received = importing.receive(file, name="Fair in Ravenna.csv", user=pavel)
    importing.start(received.pk, actor=by)
    duplicates.ask()

    customers = Contact.objects.filter(lifecycle_stage="customer").order_by("pk")
    chosen = Contact.objects.filter(pk__in=list(customers.values_list("pk", flat=True)[:2_400]))
    bulk.set_attribute("newsletter_rhythm", "set", "monthly", people=chosen, user=pavel, actor=by)
    bulk.export(["email", "first_name", "last_name", "city", "country"], people=chosen, user=pavel, actor=by)

    old = services.create_segment(name="Autumn sale of last year", kind="static", actor=by)
    services.add_members(old.pk, list(customers.values_list("pk", flat=True)[:120]), actor=by)
    services.archive(old.pk, actor=by)
    lists = {one.name: one.pk for one in Segment.unarchived.all()}
    shop = services.create_folder(name="Shop", actor=by)
    fairs = services.create_folder(name="Workshops", actor=by)
    for name, pk in lists.items():
        if "order" in name.lower() or "customer" in name.lower():
            services.file_lists([pk], shop.pk, actor=by)
        if "workshop" in name.lower():
            services.file_lists([pk], fairs.pk, actor=by)
            services.tag_lists([pk], add=["Boston"], actor=by)
    for pk in sorted(lists.values())[:3]:
        services.follow(pk, pavel)
    called = Membership.objects.filter(segment=lists["Near Boston, interested in the workshop"]).first()
    said = "Prefers to be called after five. Asked for the catalogue on paper."
    people.add_note(called.contact_id, text=said, actor=by)
    for pk in (lists["Ready for sales"], lists["Customers"]):
        services.set_target(
            pk, metric="size", value=Decimal(1_500), by=clock.now().date() + timedelta(days=60), actor=by
        )
    for name, days, owner in (("Send the catalogue on paper", 0, pavel), ("Offer a place in the workshop", 4, None)):
        people.create_task(called.contact_id, name, due_at=clock.now() + timedelta(days=days), owner=owner, actor=by)
    tasks.nightly_audit.delay()
"""
LEARN = """
from campaigns.journeys import dry_runs
from campaigns.models import Automation
from contacts.worth.lifetime import job as lifetimes
from crmseg.access.models import User
from segments import catalogue, services
from segments.models import Discovery, Segment
from segments.scoring.fitted import goals, offers, runs

if not Discovery.objects.exists():
    pavel = User.objects.get(email="pavel@example.org")
    by = {"user": pavel, "actor": pavel.actor()}
    lists = dict(Segment.unarchived.values_list("name", "pk"))
    lifetimes.start(**by)
    dry_runs.start(Automation.objects.get(state="active").pk, **by)
    did = [f"event:{name}" for name in ("Order Completed", "Page Viewed", "Link Clicked", "Workshop Attended")]
    services.start_discovery("groups", {"about": [*did, "age", "household_size"], "among": lists["Leads"]}, **by)
    registering = {"event": "Workshop Registered", "days": 90}
    services.start_discovery("goal", {"goal": registering, "among": lists["Leads"]}, **by)
    services.start_discovery("lookalikes", {"segment": lists["Ready for sales"]}, **by)
    goal = goals.read({"event": "Workshop Registered"})
    conditions = [{"definition": one.definition} for one in offers.offered(catalogue.current(), goal)]
    runs.start(name="Registers for a workshop", goal=goal.plain(), days=30, features=conditions, **by)
"""
BUSY = """
import json
from contacts.models import ContactImport
from crmseg.jobs.models import OPEN, Job
from segments.models import AuditReport
imports = ContactImport.objects.filter(state__in=["queued", "running"]).count()
print(json.dumps(imports + Job.objects.filter(state__in=OPEN).count() + (not AuditReport.objects.exists())))
"""


def live(product: Product, *, seconds: float = 300) -> None:
    """Let people work, and wait until the workers have ended what was asked of them."""
    for told in (LIVE, LEARN):
        product.manage("shell", "--no-imports", "-c", told)
        _rest(product, seconds)


def _rest(product: Product, seconds: float) -> None:
    end = time.monotonic() + seconds
    while json.loads(product.manage("shell", "--no-imports", "-c", BUSY).splitlines()[-1]) and time.monotonic() < end:
        time.sleep(2)
