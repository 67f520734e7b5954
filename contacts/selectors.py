"""Every read of contacts and companies that pages and the API share."""

from __future__ import annotations

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from . import filters
from .fields import LIFECYCLE_STAGES
from .filters import FEW, Narrowing, narrowing
from .models import Company, Contact
from .timeline import contact_timeline

_FIRST_BOUGHT = LIFECYCLE_STAGES.index("customer")
LEAD_STAGES, CUSTOMER_STAGES = LIFECYCLE_STAGES[:_FIRST_BOUGHT], LIFECYCLE_STAGES[_FIRST_BOUGHT:]
MOST_WORDS = 8

__all__ = ["colleagues", "companies_table", "contact_timeline", "contacts_table", "search"]


def contacts_table(*, q: str = "", view: str = "", segment: str = "") -> QuerySet[Contact]:
    """`view`: "" for everyone, "leads" for those who have not bought yet, "customers" for those who have."""
    rows = search(Contact.objects.all(), q)
    match view:
        case "leads":
            rows = rows.filter(Q(lifecycle_stage=None) | Q(lifecycle_stage__in=LEAD_STAGES))
        case "customers":
            rows = rows.filter(lifecycle_stage__in=CUSTOMER_STAGES)
    return filters.apply("segment", rows, segment)


def search(rows: QuerySet[Contact], q: str) -> QuerySet[Contact]:
    """Every word is part of a name or an address, or all of it is part of the company's name, the external id or the
    phone number."""
    return rows.filter(found_by(q).condition) if q.split() else rows


def found_by(q: str) -> Narrowing:
    """Whom a search finds."""
    named = Q()
    for word in q.split()[:MOST_WORDS]:
        named &= Q(email__icontains=word) | Q(first_name__icontains=word) | Q(last_name__icontains=word)
    employers = Company.objects.filter(name__icontains=q.strip()).values("pk")
    exact = Q(external_id=q.strip()) | Q(phone=q.replace(" ", ""))
    parts = [Contact.objects.filter(part).order_by().values("pk") for part in (named, exact, Q(company__in=employers))]
    few = [found["pk"] for found in parts[0].union(*parts[1:], all=True)[: FEW + 1]]
    if len(few) > FEW >= len(set(few)):  # some were found twice: each counts once
        few = [found["pk"] for found in parts[0].union(*parts[1:])[: FEW + 1]]
    return narrowing(few, named | exact | Q(company__in=employers))


def companies_table(*, q: str = "", counted: bool = True) -> QuerySet[Company]:
    """With `contact_count`, unless that is asked otherwise: counting is dear where there are many companies."""
    rows = Company.objects.all()
    if counted:
        people = Contact.objects.filter(company=OuterRef("pk")).order_by().values("company")
        rows = rows.annotate(contact_count=Coalesce(Subquery(people.annotate(n=Count("pk")).values("n")), 0))
    for word in q.split()[:MOST_WORDS]:
        rows = rows.filter(Q(name__icontains=word) | Q(domain__icontains=word))
    return rows


def colleagues(contact: Contact) -> QuerySet[Contact]:
    """The others of her company."""
    if contact.company_id is None:
        return Contact.objects.none()
    return Contact.objects.filter(company=contact.company_id).exclude(pk=contact.pk).order_by("last_name", "id")
