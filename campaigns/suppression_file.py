"""Suppressing what a file lists: a column of addresses and domains, with or without a header, and a note beside each.

All good rows land, in one transaction; each bad one is told with its row. A file without a single good row is refused.
"""

from __future__ import annotations

from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.importing import files
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from .models import Suppression
from .suppressions import LONGEST_NOTE, Added, read_address, read_channel, write

MOST_ROWS = 500_000
AT_ONCE = 20_000
MOST_PROBLEMS = 1_000
NAMES = ("address", "email", "e-mail", "email address", "domain", "phone", "indirizzo", "adresse", "correo")
NOTES = ("note", "nota", "comment", "reason")


@transaction.atomic
def suppress_file(file: IO[bytes], size: int, *, channel: object, actor: Actor) -> Added:
    place, done = read_channel(channel), Added()
    shape = files.sniff(file, size)
    names = [name.strip().casefold() for name in files.header(file, shape)]
    column = next((n for n, name in enumerate(names) if shape.has_header and name in NAMES), 0)
    note = next((n for n, name in enumerate(names) if shape.has_header and name in NOTES), None)
    found: list[tuple[str, str]] = []
    bad = rows = 0
    for number, row in files.data(file, shape):
        rows += 1
        if rows > MOST_ROWS:
            said = _("This file has more than %(most)s rows. Split it into parts; nothing was changed.")
            raise InvalidInput(said % {"most": f"{MOST_ROWS:,}"})
        cell = row[column].strip() if column < len(row) else ""
        try:
            # Spreadsheets keep a quotation mark before what would be a formula; our own files have it.
            address = read_address(place, cell[1:] if cell[:2] in {"'@", "'+"} else cell)
        except ValueError as error:
            bad += 1
            if len(done.problems) < MOST_PROBLEMS:
                said = _("Row %(row)s, “%(text)s”: %(problem)s")
                shown = said % {"row": number, "text": cell[:80], "problem": error}
                done.problems.append(Problem(f"/rows/{number}", shown))
            continue
        text = row[note].strip()[:LONGEST_NOTE] if note is not None and note < len(row) else ""
        found.append((address, text.replace("\x00", "")))
        if len(found) == AT_ONCE:
            write(place, found, Suppression.Reason.FILE, actor, done)
            found = []
    if bad > MOST_PROBLEMS:
        said = _("%(count)s further rows could not be read either.") % {"count": f"{bad - MOST_PROBLEMS:,}"}
        done.problems.append(Problem("", said))
    if not rows:
        raise InvalidInput(_("This file holds no rows."))
    if bad == rows:
        raise InvalidInput(done.problems)
    write(place, found, Suppression.Reason.FILE, actor, done)
    return done
