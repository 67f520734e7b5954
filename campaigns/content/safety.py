"""Markup that no message may hold: programs, forms into pages, addresses that run something.

Mail programs throw it away; we refuse it, so that its author learns of it, and no preview ever meets it.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from .protect import Protected

ELEMENTS = {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "base", "form", "portal"}
_ADDRESSES = {"href", "src", "action", "formaction", "background", "poster", "srcset", "xlink:href", "css-class"}
_RUNS = re.compile(r"^(?:javascript|vbscript|livescript|data:(?!image/(?:png|gif|jpe?g|webp)))", re.IGNORECASE)
_LIVE_RUNS = re.compile(
    r"<\s*/?(?:script|iframe|object|embed|base|form)\b|(?:href|src)\s*=\s*[\"']?\s*(?:javascript|vbscript)\s*:",
    re.IGNORECASE,
)


def problems(source: str) -> list[str]:
    """A sentence for everything in these words that cannot stay. Liquid in them is looked into as well."""
    kept = Protected(source)
    reader = _Reader(kept)
    reader.feed(kept.source)
    reader.close()
    for tag in kept.tags:
        if _LIVE_RUNS.search(html.unescape(tag)) or re.search(r"(?:java|vb)script\s*:", tag, re.IGNORECASE):
            reader.note(_("Liquid cannot make elements or addresses that run programs."))
    return reader.found


def runs(rendered: str) -> bool:
    """Whether what came out after all holds a program."""
    return _LIVE_RUNS.search(rendered) is not None


class _Reader(HTMLParser):
    def __init__(self, kept: Protected) -> None:
        super().__init__(convert_charrefs=True)
        self.kept = kept
        self.found: list[str] = []

    def note(self, sentence: str) -> None:
        if sentence not in self.found:
            self.found.append(sentence)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ELEMENTS:
            self.note(_("A message cannot hold the element <%(name)s>.") % {"name": tag})
        if self.kept.word in tag:
            self.note(_("Liquid cannot make the name of an element."))
        for name, value in attrs:
            self._check(tag, name, value or "")

    def handle_comment(self, data: str) -> None:
        # Outlook shows what stands in a conditional comment.
        if data.lstrip().startswith("[if"):
            inner = _Reader(self.kept)
            inner.feed(data.partition("]>")[2].rpartition("<![")[0])
            inner.close()
            for sentence in inner.found:
                self.note(sentence)

    def _check(self, tag: str, name: str, value: str) -> None:
        plain = re.sub(r"[\x00-\x20\x7f\u00a0\u200b-\u200f\u2028\u2029]+", "", self.kept.without(value))
        if name.startswith("on"):
            self.note(_("A message cannot hold programs (%(name)s=…).") % {"name": name[:40]})
        elif tag == "meta" and name == "http-equiv" and plain.lower() == "refresh":
            self.note(_("A message cannot send its reader elsewhere by itself."))
        elif name == "srcdoc" or (name in _ADDRESSES and _RUNS.match(plain)):
            self.note(_("A link or picture cannot begin with “%(scheme)s”.") % {"scheme": plain.partition(":")[0][:20]})
        elif name == "style" and re.search(r"expression\(|javascript:|behavior:|-moz-binding", plain, re.IGNORECASE):
            self.note(_("A style cannot run programs."))
