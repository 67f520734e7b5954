"""Every page that people open, by name: what browsers look at, what benchmarks time, and what pictures are taken of.

The places in braces are numbers of things that exist: `MAKE` makes them where the product has none, `FIND` finds them.
"""

from __future__ import annotations

import json
from string import Formatter

from .product import Product

PAGES: dict[str, str] = {
    "home": "/",
    "search": "/search/?q={word}",
    "contacts": "/contacts/",
    "contacts-found": "/contacts/?q={word}&sort=name",
    "contact": "/contacts/{contact}/",
    "contact-new": "/contacts/new/",
    "contact-merge": "/contacts/{contact}/merge/",
    "contact-merging": "/contacts/{contact}/merge/?with={other}",
    "duplicates": "/contacts/duplicates/",
    "exports": "/contacts/exports/",
    "companies": "/companies/",
    "company": "/companies/{company}/",
    "company-new": "/companies/new/",
    "company-merge": "/companies/{company}/merge/",
    "company-merging": "/companies/{company}/merge/?with={firm}",
    "imports": "/imports/",
    "import": "/imports/{import}/",
    "import-new": "/imports/new/",
    "events": "/events/",
    "event": "/events/{event}/",
    "attributes": "/attributes/",
    "attribute": "/attributes/contact/country/",
    "attribute-type": "/attributes/contact/{attribute}/type/",
    "attribute-new": "/attributes/new/",
    "topics": "/topics/",
    "topic-new": "/topics/new/",
    "lists": "/lists/",
    "lists-archived": "/lists/?archived=1",
    "gallery": "/lists/gallery/",
    "list-new-static": "/lists/new/static/",
    "list": "/lists/{list}/",
    "list-explain": "/lists/{list}/explain/?contact={contact}",
    "list-pins": "/lists/{list}/pins/",
    "list-moves": "/lists/{list}/moves/",
    "list-versions": "/lists/{list}/versions/",
    "list-overlap": "/lists/{list}/overlap/",
    "list-profile": "/lists/{list}/profile/",
    "list-persona": "/lists/{list}/persona/",
    "list-lookalikes": "/lists/{list}/lookalikes/",
    "discover": "/lists/discover/",
    "discovery": "/lists/discover/{discovery}/",
    "discovery-goal": "/lists/discover/{predicting}/",
    "discovery-alike": "/lists/discover/{alike}/",
    "list-about": "/lists/{list}/about/",
    "list-new": "/lists/new/",
    "builder": "/lists/{list}/edit/",
    "builder-filter": "/lists/builder/filter/",
    "compare": "/lists/compare/?ids={list},{second}",
    "audits": "/lists/audits/",
    "campaigns": "/campaigns/",
    "campaign": "/campaigns/{campaign}/",
    "campaign-new": "/campaigns/new/",
    "campaign-writing": "/campaigns/{draft}/edit/",
    "campaign-designing": "/campaigns/{draft}/design/",
    "campaign-templates": "/campaigns/{draft}/templates/",
    "campaign-versions": "/campaigns/{draft}/versions/",
    "campaign-library": "/campaigns/library/",
    "campaign-definition": "/campaigns/{draft}/definition/?side=include",
    "campaign-audience": "/campaigns/{draft}/audience/",
    "campaign-report": "/campaigns/{sent}/report/",
    "campaign-people": "/campaigns/{sent}/sends/",
    "campaign-shared": "/r/{shared}/",
    "calendar": "/campaigns/calendar/",
    "automations": "/automations/",
    "automation": "/automations/{automation}/",
    "automation-new": "/automations/new/",
    "automation-editor": "/automations/{automation}/edit/?step={branch}",
    "automation-rules": "/automations/{automation}/edit/?part=rules",
    "automation-condition": "/automations/{automation}/condition/?of=branch&step={branch}",
    "automation-people": "/automations/{automation}/people/",
    "automation-run": "/automations/{automation}/runs/{run}/",
    "automation-dry-run": "/automations/{rehearsed}/dry-run/",
    "automation-versions": "/automations/{automation}/versions/",
    "tasks": "/tasks/?owner=all",
    "task": "/tasks/{task}/",
    "task-new": "/tasks/new/",
    "outbox": "/outbox/",
    "unsubscribe": "/u/{unsubscribe}/",
    "preferences": "/p/{preferences}/",
    "opt-in": "/in/{opt_in}/",
    "surveys": "/surveys/",
    "survey-new": "/surveys/new/",
    "survey": "/surveys/{survey}/",
    "survey-answers": "/surveys/{survey}/answers/",
    "survey-share": "/surveys/{survey}/share/",
    "survey-edit": "/surveys/{survey}/edit/",
    "survey-asked": "/ask/{ask}/",
    "settings": "/settings/",
    "leads": "/leads/",
    "lead": "/leads/{lead}/",
    "score-models": "/leads/models/",
    "score-model": "/leads/models/{score}/",
    "score-model-new": "/leads/models/new/",
    "score-model-edit": "/leads/models/{score}/edit/",
    "score-model-rule": "/leads/models/{score}/rule/?at=0.0",
    "scores-learned": "/leads/fitted/",
    "score-learned": "/leads/fitted/{fitting}/",
    "score-learning": "/leads/fitted/new/?goal=stage:customer",
    "worth": "/worth/",
    "worth-rfm": "/worth/rfm/",
    "worth-settings": "/worth/rfm/settings/",
    "worth-lifetime": "/worth/lifetime/",
    "worth-churn": "/worth/churn/",
    "worth-retention": "/worth/churn/?months=24&unit=quarter&days=90",
    "settings-account": "/settings/account/",
    "settings-people": "/settings/people/",
    "settings-person": "/settings/people/{person}/",
    "settings-keys": "/settings/keys/",
    "settings-senders": "/settings/senders/",
    "settings-sending": "/settings/sending/",
    "settings-suppressions": "/settings/suppressions/",
    "settings-retention": "/settings/retention/",
    "settings-health": "/settings/health/",
    "settings-audit": "/settings/audit/",
    "settings-profile": "/settings/profile/",
    "jobs": "/jobs/",
    "job": "/jobs/{job}/",
    "first-steps": "/first-steps/",
    "two-factor": "/accounts/2fa/",
    "password": "/accounts/password/change/",
    "nowhere": "/no-such-page/",
}

SIGN_IN = ("pavel@example.org", "correct horse battery staple")
IMPORTS = """
import json
from datetime import timedelta
from django.db.models import Count
from campaigns import optin, preferences, sharing, unsubscribe
from campaigns.asking import links as asking
from campaigns.asking import responding
from campaigns.asking import services as surveys
from campaigns.journeys import services as journeys
from campaigns.models import Automation, DryRun, Run, StepDone
from campaigns.models import Campaign, OptIn, Survey
from campaigns.services import create_campaign, start_campaign
from contacts import services as people
from contacts import bulk, importing
from contacts.models import Task
from contacts.worth import bulk as worth
from contacts.worth.lifetime import job as lifetimes
from contacts.models import AttributeDefinition, Company, Contact, ContactImport, EventType, Note
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.jobs.models import Job
from django.core.files.uploadedfile import SimpleUploadedFile
from segments import services
from segments.models import Discovery, Fitting, Membership, Score, ScoreModel, Segment
from segments.scoring import example
from tests.worth_world import shop
"""
MAKE = """
if not Contact.objects.filter(email="gina7@pages.example").exists():
    loyalty = {"key": "loyalty", "label": "Loyalty", "type": "text", "group": "Shop"}
    people.create_attribute(data=loyalty, actor=SYSTEM)
    for number in range(60):
        people.create_contact(
            data={
                "first_name": f"Gina {number}", "last_name": "Pages", "lifecycle_stage": "lead", "country": "IT",
                "email": f"gina{number}@pages.example",
                "company": {"domain": "shop.pages.example" if number > 50 else "pages.example"},
                "consent": {"email": {"status": "subscribed", "method": "paper"}},
                "attributes": {"loyalty": "gold"},
            },
            actor=SYSTEM,
        )
    people.record_events(
        [
            {
                "contact": {"email": f"gina{number}@pages.example"}, "event": "Order Completed",
                "occurred_at": (clock.now() - timedelta(days=number)).isoformat(),
                "properties": {"revenue": 20 + number, "currency": "EUR", "category": "Music"},
            }
            for number in range(40)
        ],
        actor=SYSTEM,
    )
    shop(300, currency="EUR")
    worth.renew(count=True)
    lifetimes.start(user=None, actor=SYSTEM)
    ordered = {"event": "Order Completed", "op": "gte", "value": 1, "window": {"last": 30, "unit": "day"}}
    italian = {"property": "country", "op": "is", "value": "IT"}
    for name, definition in (("Italian buyers", {"all": [italian, ordered]}), ("Buyers of a month", ordered)):
        services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    file = SimpleUploadedFile("Guests.csv", b"E-mail;City\\nguest@pages.example;Rome\\nnobody;Bari\\n")
    importing.start(importing.receive(file, name="Guests.csv").pk, actor=SYSTEM)
    bulk.export(["email"], people=Contact.objects.filter(country="IT"), user=User.objects.first(), actor=SYSTEM)
    create_campaign(data={"name": "Hello", "subject": "Hello", "body_text": "Hello"}, actor=SYSTEM)
    guests = services.create_segment(name="Guests of the pages", kind="static", actor=SYSTEM)
    invited = list(Contact.objects.filter(email__endswith="@pages.example").values_list("pk", flat=True))
    services.add_members(guests.pk, invited, actor=SYSTEM)
    sent = {"name": "Invitation", "subject": "Come", "body_text": "Come", "include": [guests.pk]}
    start_campaign(create_campaign(data=sent, actor=SYSTEM).pk, actor=SYSTEM)
    fit = {"found": 60, "positive": 90, "wrong": 9, "others": 110, "base": 0.3, "share": 0.26, "precision": 0.78}
    fit |= {"precision_low": 0.64, "precision_high": 0.88, "recall": 0.67, "recall_low": 0.56, "recall_high": 0.76}
    fit |= {"lift": 2.6, "lift_low": 2.1, "lift_high": 2.9}
    trait = {"node": italian, "about": "country", "share": 0.9, "base": 0.3, "index": 300}
    found = {"definition": italian, "naming": [italian], "fit": fit, "count": 60, "people": 60, "share": 0.3}
    found |= {"traits": [trait], "means": [{"about": "event:Order Completed", "mean": 3.1, "base": 1.2}]}
    tried = [{"k": k, "silhouette": 0.6 / k, "stability": 1.1 - k / 10, "least": 1 - k / 10} for k in range(2, 9)]
    searched = {"looked_at": 200, "about": ["country"], "tried": tried, "k": 2, "chosen_by_hand": False}
    searched |= {"groups": [found], "points": [[n / 20 - 1, (n * 7 % 40) / 20 - 1, n % 2] for n in range(40)]}
    leaf = {"rate": 0.8, "share": 0.3, "people": 99, "leaf": 2}
    tree = {"rate": 0.3, "share": 1, "people": 200, "node": italian, "yes": leaf, "no": leaf}
    searched |= {"tree": tree, "as_of": "2026-11-22T10:00"}
    example.create(actor=SYSTEM)
    weights = [{"holds": 900, "converted": 300, "weight": w, "low": w - 0.2, "high": w + 0.2} for w in (1.4, 0.1)]
    weights.append({"holds": 3, "converted": 0, "weight": None, "low": None, "high": None})
    tenths = [{"people": 90, "said": n / 20, "happened": n / 18, "low": n / 30, "high": n / 12} for n in range(10)]
    learned = {"intercept": -3.1, "weights": weights, "people": 2700, "converted": 410, "later_people": 900}
    learned |= {"later_converted": 130, "auc": 0.78, "auc_low": 0.74, "auc_high": 0.82, "brier": 0.1, "top": 3.2}
    asked = [{"name": f"Condition {n}", "definition": one} for n, one in enumerate((italian, ordered, italian))]
    Fitting.objects.create(
        name="Becomes a customer", goal={"stage": "customer"}, days=30, features=asked, as_of=clock.now(),
        found=learned | {"bins": tenths},
    )
    Discovery.objects.create(kind="groups", name="Groups of the pages", created_by="system:crmseg", result=searched)
    survey = surveys.create_survey(data={"name": "Recommendation", "is_public": True}, start="nps", actor=SYSTEM)
    survey = surveys.publish_survey(survey.pk, actor=SYSTEM)
    for number, who in enumerate(invited[:14]):
        said = {"score": 10 - number % 5 * 2, "why": f"Reason {number}"}
        responding.answer_all(survey, said, contact_id=who, language="en")
    message = create_campaign(data={"name": "Hello again", "kind": "automated", "subject": "Hello"}, actor=SYSTEM)
    invites = {
        "trigger": {"kind": "enters", "list": guests.pk}, "holdout": 10, "goal_event": {"event": "Order Completed"},
        "steps": [
            {"id": "hello", "kind": "send", "campaign": message.pk, "next": "wait"},
            {"id": "wait", "kind": "wait", "n": 3, "unit": "day", "next": "branch"},
            {"id": "branch", "kind": "branch", "condition": italian, "yes": "call", "no": "tag"},
            {"id": "call", "kind": "create_task", "title": "Ring up", "n": 2, "unit": "day", "next": "end"},
            {"id": "tag", "kind": "set_attribute", "property": "loyalty", "value": "gold", "next": "end"},
            {"id": "end", "kind": "end"},
        ],
    }
    invite = journeys.create_automation(name="Invite guests", definition=invites, actor=SYSTEM)
    for number, pk in enumerate(invited[:12]):
        at = clock.now() - timedelta(days=2, hours=number)
        known = {"contact_id": pk, "entry": f"event:{number}", "entered_at": at, "arrived_at": at}
        run = Run.objects.create(
            automation=invite, version=invite.latest, step="wait", visit=1, due_at=at + timedelta(days=3), **known
        )
        StepDone.objects.create(run=run, visit=1, step="hello", kind="send", arrived_at=at, at=at, outcome="sent")
        title = "Ring up and ask about the invitation"
        asked = {"due_at": at + timedelta(days=number), "source": f"automation:{invite.pk}"}
        people.create_task(pk, title, **asked, actor=SYSTEM)
"""
FIND = f"""
survey = Survey.objects.exclude(version=0).order_by("pk").first()
if not User.objects.filter(email={SIGN_IN[0]!r}).exists():
    User.objects.create_user(*{SIGN_IN!r}, role="admin", name="Pavel")
own = Segment.objects.filter(name__in=("Italian buyers", "Buyers of a month"))
defined = Segment.unarchived.filter(size__gte=50).exclude(definition=None)
told = sorted(defined, key=lambda one: (-len(json.dumps(one.definition)), one.pk))
lists = [one.pk for one in (own.order_by("-size", "pk") if own.count() == 2 else told)][:2]
companies = list(Company.objects.annotate(n=Count("contacts")).order_by("-n").values_list("pk", flat=True)[:2])
met = Membership.objects.filter(segment=lists[0]).values_list("contact_id", flat=True).order_by("contact_id").first()
met = Note.objects.values_list("contact_id", flat=True).first() or met
met = met or Contact.objects.order_by("pk").values_list("pk", flat=True)[0]
first = Campaign.objects.order_by("pk").values_list("pk", flat=True).first()
sent = Campaign.objects.exclude(started_at=None).order_by("-started_at").first()
shared = sent and (sharing.links_of(sent).first() or sharing.share(sent, actor=SYSTEM))
first_walked = Automation.objects.order_by("activated_at", "pk").first()
steps = first_walked.latest.definition["steps"] if first_walked else []
searches = dict(Discovery.objects.exclude(result=None).order_by("-pk").values_list("kind", "pk"))
asked, _made = OptIn.objects.get_or_create(contact_id=met, confirmed_at=None, defaults={{"sent_at": clock.now()}})
print(json.dumps({{
    "unsubscribe": unsubscribe.token(first or 0, met),
    "preferences": preferences.path(first or 0, met).split("/")[2],
    "opt_in": optin.url(asked).split("/in/")[1].rstrip("/"),
    "survey": survey and survey.pk,
    "ask": survey and asking.public_url(survey).split("/ask/")[1].rstrip("/"),
    "contact": met,
    "word": (Contact.objects.get(pk=met).first_name or "a").split()[0].casefold(),
    "import": ContactImport.objects.order_by("pk").values_list("pk", flat=True).first(),
    "job": Job.objects.order_by("pk").values_list("pk", flat=True).first(),
    "person": User.objects.exclude(email={SIGN_IN[0]!r}).order_by("-pk").values_list("pk", flat=True).first(),
    "other": Contact.objects.exclude(pk=met).order_by("pk").values_list("pk", flat=True)[0],
    "company": companies[0],
    "firm": companies[1],
    "discovery": searches.get("groups"),
    "predicting": searches.get("goal"),
    "alike": searches.get("lookalikes"),
    "lead": Score.objects.order_by("-points", "pk").values_list("contact_id", flat=True).first() or met,
    "score": ScoreModel.objects.filter(archived_at=None).order_by("pk").values_list("pk", flat=True).first(),
    "fitting": Fitting.objects.exclude(found=None).order_by("pk").values_list("pk", flat=True).first(),
    "list": lists[0],
    "second": lists[1],
    "campaign": first,
    "sent": sent and sent.pk,
    "shared": shared and sharing.url(shared).split("/r/")[1].rstrip("/"),
    "draft": Campaign.objects.filter(state="draft").order_by("pk").values_list("pk", flat=True)[0],
    "attribute": AttributeDefinition.objects.filter(entity="contact").values_list("key", flat=True)[0],
    "automation": first_walked and first_walked.pk,
    "branch": next((one["id"] for one in steps if one["kind"] == "branch"), None),
    "rehearsed": DryRun.objects.exclude(result=None).values_list("automation_id", flat=True).first()
    or (first_walked and first_walked.pk),
    "run": Run.objects.annotate(n=Count("done")).order_by("-n", "pk").values_list("pk", flat=True).first(),
    "task": Task.objects.order_by("pk").values_list("pk", flat=True).first(),
    "event": EventType.objects.get(name="Order Completed").pk,
}}))
"""


def addresses(product: Product, *, make: bool) -> dict[str, str]:
    """Every page of a running product that has what the page is about; `make`: give it some where it has none yet."""
    script = IMPORTS + (MAKE if make else "") + FIND
    ids = json.loads(product.manage("shell", "--no-imports", "-c", script).splitlines()[-1])
    known = {name: found for name, found in ids.items() if found is not None}
    return {name: at.format(**known) for name, at in PAGES.items() if _needed(at) <= known.keys()}


def _needed(address: str) -> set[str]:
    """What stands in braces."""
    return {name for _, name, _, _ in Formatter().parse(address) if name}
