"""Whether mail programs will believe that a message comes from its sender: SPF, DKIM and DMARC, in words.

What must stand in the domain's records is always said; what stands there is looked up where a resolver answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext as _

from contacts import freemail

from ... import draft
from .finding import GOOD, INFO, WARN, Finding
from .markup import is_local

Resolver = Callable[[str], list[str] | None]
"""The TXT records at a name; None where nobody answers."""
LONGEST = 1.5
SILENT_FOR = 300.0
_silent_until = 0.0


def records(name: str) -> list[str] | None:
    """What the domain name system says now. Once it was silent, it is not asked for some minutes."""
    global _silent_until
    if time.monotonic() < _silent_until:
        return None
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=LONGEST, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        _silent_until = time.monotonic() + SILENT_FOR
        return None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def look(sender: str, resolver: Resolver = records) -> Iterator[Finding]:
    address = parseaddr(sender or draft.default_sender())[1]
    domain = address.rpartition("@")[2].lower()
    if is_local(domain) or "." not in domain:
        message = _(
            "The sender %(address)s is not an address that readers could answer. Choose one of your own domain."
        )
        yield Finding("sender", WARN, message % {"address": address}, pointer="/sender")
        return
    if domain in freemail.FREEMAIL:
        message = _("Mail from %(domain)s is refused when another server sends it. Use an address of your own domain.")
        yield Finding("sender", WARN, message % {"domain": domain}, pointer="/sender")
        return
    said = resolver(domain)
    if said is None:
        message = _("For mail from %(domain)s to be believed, three records of the domain must be right.")
        yield Finding("sender", INFO, message % {"domain": domain}, tuple(_advice(domain)), pointer="/sender")
        return
    yield from _answered(domain, said, resolver)


def _answered(domain: str, said: list[str], resolver: Resolver) -> Iterator[Finding]:
    spf_advice, dkim_advice, dmarc_advice = _advice(domain)
    spf = [record for record in said if record.lower().startswith("v=spf1")]
    if len(spf) == 1:
        yield Finding("spf", GOOD, _("SPF: %(domain)s names the servers that may send for it.") % {"domain": domain})
    else:
        message = (
            _("SPF: %(domain)s has several records; receivers then believe none.")
            if spf
            else _("SPF: %(domain)s does not say which servers may send for it.")
        )
        yield Finding("spf", WARN, message % {"domain": domain}, (spf_advice,))
    policies = [record for name in _upwards(domain) for record in resolver(f"_dmarc.{name}") or []]
    dmarc = next((record for record in policies if record.lower().replace(" ", "").startswith("v=dmarc1")), "")
    if dmarc:
        yield Finding("dmarc", GOOD, _("DMARC: %(domain)s has a policy.") % {"domain": domain}, (dmarc[:200],))
    else:
        message = _("DMARC: %(domain)s has no policy; Gmail and Yahoo want one from whoever writes to many.")
        yield Finding("dmarc", WARN, message % {"domain": domain}, (dmarc_advice,))
    yield Finding(
        "dkim", INFO, _("DKIM: whether your mail server signs can only be seen in a message."), (dkim_advice,)
    )


def _upwards(domain: str) -> list[str]:
    """The domain, and the one above it: a policy holds for what is below."""
    parts = domain.split(".")
    return [domain] if len(parts) < 3 else [domain, ".".join(parts[-2:])]


def _advice(domain: str) -> tuple[str, str, str]:
    server = draft.mail_host() if not settings.EMAIL_URL else (_server() or draft.mail_host())
    return (
        _("SPF: a TXT record at %(domain)s that names the server which sends, such as: %(record)s")
        % {"domain": domain, "record": f"v=spf1 a:{server} -all"},
        _("DKIM: let the mail server sign with d=%(domain)s, and publish its key at %(name)s.")
        % {"domain": domain, "name": f"selector._domainkey.{domain}"},
        _("DMARC: a TXT record at %(name)s, at first: %(record)s")
        % {"name": f"_dmarc.{domain}", "record": f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}"},
    )


def _server() -> str:
    return urlsplit(settings.EMAIL_URL).hostname or ""
