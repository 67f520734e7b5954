"""The page of audits: what was compared, what differed, and who may ask for another."""

from __future__ import annotations

import pytest

from crmseg.access.models import User
from segments.models import AuditReport, Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    def sign_in(role):
        client.force_login(User.objects.create_user(f"{role}@example.org", "correct horse battery", role=role))
        return client

    return sign_in


def test_a_report_names_the_lists_that_differed(signed_in):
    buyers = Segment.objects.create(name="Buyers", kind="active")
    found = [{"segment": buyers.pk, "missing": [1], "extra": []}]
    AuditReport.objects.create(segments=3, contacts=10, missing=1, extra=0, repaired=True, details=found)
    html = signed_in("viewer").get("/lists/audits/").content.decode()
    assert "Buyers · mended" in html


def test_an_empty_page_says_when_the_first_report_comes(signed_in):
    assert "No audit has run yet" in signed_in("viewer").get("/lists/audits/").content.decode()


def test_only_administrators_ask_for_an_audit(signed_in):
    assert signed_in("marketer").post("/lists/audits/now/").status_code == 403
    assert signed_in("admin").post("/lists/audits/now/").status_code == 302
