"""Translations: find every string shown to people, and keep the catalogues of all languages in step with them.

Only Python is needed: templates are turned into calls by Django's own `templatize`, and Babel reads the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "crmseg" / "locale"
LANGUAGES = ("it", "fr", "es")
ROOMS = ("crmseg", "contacts", "segments", "campaigns")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Fixed dates, so that a catalogue changes only when a string does.
_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_MADE: dict[str, Any] = {
    "project": "crmseg",
    "version": "1",
    "charset": "utf-8",
    "fuzzy": False,
    "header_comment": "# What crmseg says to people.",
    "creation_date": _DAY,
    "revision_date": _DAY,
    "last_translator": "crmseg",
    "language_team": "crmseg",
    "msgid_bugs_address": "crmseg",
    "copyright_holder": "crmseg",
}
_FIELD = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)\}")


def strings() -> Catalog:
    """Every string of the source, with the files it stands in."""
    catalogue = Catalog(**_MADE)
    for path in sorted(_sources()):
        for _line, message, comments, context in extract("python", BytesIO(_calls(path)), KEYWORDS, ["Translators:"]):
            place = (str(path.relative_to(ROOT)), 0)
            catalogue.add(message, locations=[place], auto_comments=comments, context=context)
    return catalogue


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def catalogue_of(language: str) -> Catalog:
    """What is translated so far; empty for a new language."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, **_MADE)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> int:
    """Bring the catalogue in step with the source; return how many strings still want a translation."""
    catalogue = catalogue_of(language)
    catalogue.update(strings(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, catalogue, width=110, omit_header=False, include_lineno=False, sort_output=True)
    return len(list(untranslated(catalogue)))


def untranslated(catalogue: Catalog) -> Iterator[Message]:
    """Messages with a missing form."""
    for message in catalogue:
        if message.id:
            forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            if message.fuzzy or not all(forms):
                yield message


def broken(catalogue: Catalog) -> Iterator[Message]:
    """Messages whose translation lost, or made up, a place to fill in."""
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        wanted = {frozenset(_fields(one)) for one in ids}
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if any(form and frozenset(_fields(form)) not in wanted for form in forms):
            yield message


def _fields(text: str) -> list[str]:
    return [match.group(0) for match in _FIELD.finditer(text)]


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
    yield from (path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})


def _calls(path: Path) -> bytes:
    """The file as Python whose calls hold the strings."""
    text = path.read_text()
    if path.suffix == ".py":
        return text.encode()
    # In parentheses, so that the indentation of a template means nothing.
    return f"({templatize(text, origin=str(path))}\n)".encode()
