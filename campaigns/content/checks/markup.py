"""Links, pictures, size and the way out, in a message as one person gets it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..compose import Message
from .finding import GOOD, INFO, WARN, Finding

CLIPPED = 102 * 1024
"""Gmail shows no more than this of a message, and hides the rest behind a link."""
FOR_TRACKING = 120
"""What a tracked link is longer than its own address, about."""
LONG_SUBJECT = 60
MOST_SHOWN = 10
EXAMPLES = {"example.com", "www.example.com"}
"""Where the links of our own templates lead, until somebody writes better ones."""
_OTHER_SCHEMES = {"mailto", "tel", "sms", "cid", "data"}


@dataclass
class Seen:
    """The links and pictures of some HTML: (address, words) and (source, alt)."""

    links: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, str | None]] = field(default_factory=list)


def seen_in(html: str) -> Seen:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.seen


def look(message: Message, unsubscribe_url: str, *, asked_for: bool) -> Iterator[Finding]:
    """`asked_for`: the author wrote the link to unsubscribe."""
    seen = seen_in(message.html)
    yield from _links(seen)
    yield from _pictures(seen)
    yield from _size(message, seen)
    yield from _subject(message.subject)
    if asked_for:
        yield Finding("unsubscribe", GOOD, _("It says how to unsubscribe."))
    else:
        yield Finding(
            "unsubscribe", INFO, _("It has no link to unsubscribe; one is added at the end of every message.")
        )


def fault_of(address: str) -> str:
    """What is wrong with where a link leads, or nothing."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return _("This is not an address.")
    if not address.strip() or address.strip() == "#":
        return _("It leads nowhere.")
    if address.startswith("#"):
        return ""
    if re.search(r"\s", address.strip()):
        return _("There is a space in it.")
    if parts.scheme in _OTHER_SCHEMES:
        empty = parts.scheme in {"mailto", "tel", "sms"} and not parts.path.strip()
        return _("It leads nowhere.") if empty else ""
    if parts.scheme not in {"http", "https"}:
        return _("It does not begin with https://.")
    if not host:
        return _("It names no host.")
    if is_local(host):
        return _("Readers cannot reach this host.")
    if host in EXAMPLES:
        return _("This is still the example of the template.")
    return "" if "." in host or ":" in host else _("Readers cannot reach this host.")


def is_local(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _links(seen: Seen) -> Iterator[Finding]:
    faults: dict[str, None] = {}
    own = urlsplit(settings.PUBLIC_URL).netloc
    for address, said in seen.links:
        if urlsplit(settings.PUBLIC_URL).netloc and f"//{own}/" in address:
            continue
        if fault := fault_of(address):
            faults[f"{said or address or '—'}: {fault}" + (f" ({address})" if address and said else "")] = None
    if faults:
        shown = tuple(list(faults)[:MOST_SHOWN])
        message = ngettext("%(n)s link does not work.", "%(n)s links do not work.", len(faults))
        yield Finding("links", WARN, message % {"n": len(faults)}, shown)
    elif seen.links:
        yield Finding("links", GOOD, _("Every link is well written."))
    if is_local(urlsplit(settings.PUBLIC_URL).hostname or "localhost"):
        message = _("Our own links begin with %(url)s, which readers cannot reach. Set CRMSEG_PUBLIC_URL.")
        yield Finding("public_url", WARN, message % {"url": settings.PUBLIC_URL})
    insecure = sorted(
        {address for address, _said in seen.links if address.startswith("http://") and own not in address}
    )
    if insecure:
        yield Finding(
            "links", INFO, _("Some links are not encrypted (http instead of https)."), tuple(insecure[:MOST_SHOWN])
        )


def _pictures(seen: Seen) -> Iterator[Finding]:
    mute = [source for source, alt in seen.pictures if alt is None]
    if mute:
        message = ngettext(
            "%(n)s picture has no alternative text.", "%(n)s pictures have no alternative text.", len(mute)
        )
        advice = _("Say what it shows, for readers who do not see it; leave it empty where it only decorates.")
        shown = (*[source.rpartition("/")[2][:80] or source[:80] for source in mute[:MOST_SHOWN]], advice)
        yield Finding("pictures", WARN, message % {"n": len(mute)}, shown)
    unseen = [
        source
        for source, _alt in seen.pictures
        if settings.PUBLIC_URL not in source and not source.startswith(("data:", "cid:")) and fault_of(source)
    ]
    if unseen:
        message = ngettext("%(n)s picture cannot be shown.", "%(n)s pictures cannot be shown.", len(unseen))
        shown = tuple(f"{source[:100] or '—'}: {fault_of(source)}" for source in unseen[:MOST_SHOWN])
        yield Finding("pictures", WARN, message % {"n": len(unseen)}, shown)
    elif seen.pictures and not mute:
        yield Finding("pictures", GOOD, _("Every picture has an alternative text."))


def _size(message: Message, seen: Seen) -> Iterator[Finding]:
    if not message.html:
        return
    size = len(message.html.encode()) + FOR_TRACKING * len(seen.links)
    said = {"size": f"{size / 1024:.0f}"}
    if size > CLIPPED:
        yield Finding("size", WARN, _("%(size)s kB: Gmail cuts messages off after 102 kB.") % said)
    else:
        yield Finding("size", GOOD, _("%(size)s kB, below the 102 kB after which Gmail cuts messages off.") % said)


def _subject(subject: str) -> Iterator[Finding]:
    said = {"length": len(subject)}
    if len(subject) > LONG_SUBJECT:
        message = _("The subject has %(length)s characters; many readers see only the first 60, on phones about 40.")
        yield Finding("subject", WARN, message % said, pointer="/subject")
    elif subject:
        yield Finding("subject", GOOD, _("The subject has %(length)s characters.") % said, pointer="/subject")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._words: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and "href" in given:
            self.seen.links.append(((given["href"] or "").strip(), ""))
            self._words = []
        elif tag == "img":
            if (given.get("width"), given.get("height")) != ("1", "1"):
                self.seen.pictures.append(((given.get("src") or "").strip(), given.get("alt")))
            if self._words is not None:
                self._words.append(given.get("alt") or "")

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._words is not None:
            said = " ".join("".join(self._words).split())[:80]
            self.seen.links[-1] = (self.seen.links[-1][0], said)
            self._words = None
