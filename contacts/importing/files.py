"""Reading CSV files of any make: which encoding, which delimiter, is there a header; and their rows, one by one.

Whatever cannot be a table of text is InvalidInput with a sentence about what to do.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from typing import IO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput

MB = 1024 * 1024
LARGEST = 200 * MB
SAMPLE = 256 * 1024
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
OLD_ENCODINGS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "shift_jis", "gb18030", "big5", "euc_kr"]
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
OTHER_FILES = {
    b"PK\x03\x04": ".xlsx, .ods, .zip",
    b"\xd0\xcf\x11\xe0": ".xls",
    b"%PDF": ".pdf",
    b"\x1f\x8b": ".gz",
}


@dataclass(frozen=True)
class Shape:
    """How a file is to be read."""

    encoding: str
    delimiter: str
    has_header: bool = True


def sniff(file: IO[bytes], size: int) -> Shape:
    """The most likely shape. Reads all of the file once, to be sure of UTF-8."""
    if size == 0:
        raise InvalidInput(_("This file is empty."))
    if size > LARGEST:
        message = _("This file is too large: at most %(limit)s MB are taken. Split it into parts.")
        raise InvalidInput(message % {"limit": LARGEST // MB})
    file.seek(0)
    head = file.read(SAMPLE)
    for mark, kinds in OTHER_FILES.items():
        if head.startswith(mark):
            message = _("This is not a CSV file but one of these: %(kinds)s. Save the table as CSV first.")
            raise InvalidInput(message % {"kinds": kinds})
    encoding = _encoding(file, head)
    try:
        # A character may be cut in two at the end of the sample.
        text = codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeDecodeError:
        raise _undecodable(encoding) from None
    if "\x00" in text:
        raise InvalidInput(_("This is not a text file. Save the table as CSV first."))
    delimiter = _delimiter(text)
    return Shape(encoding, delimiter, _has_header(text, delimiter))


def _encoding(file: IO[bytes], head: bytes) -> str:
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    # UTF-16 without its mark: text of the West has a NUL in every second byte.
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > pairs * 0.4 and head[::2].count(0) == 0:
        return "utf-16-le"
    if head[::2].count(0) > pairs * 0.4 and head[1::2].count(0) == 0:
        return "utf-16-be"
    if b"\x00" in head:
        raise InvalidInput(_("This is not a text file. Save the table as CSV first."))
    if _is_utf8(file):
        return "utf-8"
    best = from_bytes(head, cp_isolation=OLD_ENCODINGS).best()
    return best.encoding if best else "cp1252"


def _is_utf8(file: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    file.seek(0)
    try:
        while block := file.read(MB):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """The one that cuts the most rows into the same number of cells, more than one."""

    def score(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _sample_rows(text, delimiter) if row)
        width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (rows, width) if width > 1 else (0, 0)

    return max(DELIMITERS, key=score)


def _sample_rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == 200:
                break
    except csv.Error:
        pass
    return rows


def _has_header(text: str, delimiter: str) -> bool:
    """A header names things: no numbers, addresses or dates in it, and nothing empty in its middle."""
    rows = [row for row in _sample_rows(text, delimiter) if any(map(str.strip, row))]
    first = [cell.strip() for cell in rows[0]] if rows else []
    while first and not first[-1]:
        first.pop()
    looks_like_data = any("@" in cell or cell.replace(".", "").replace("-", "").isdigit() for cell in first)
    return bool(first) and all(first) and not looks_like_data


def rows(file: IO[bytes], shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """Every row that holds anything, header included, numbered as in a spreadsheet; cells are not trimmed."""
    file.seek(0)
    try:
        text = TextIOWrapper(file, encoding=shape.encoding, errors="strict", newline="")
    except LookupError:
        raise InvalidInput(_("There is no such encoding.")) from None
    number = 0
    try:
        for number, row in enumerate(csv.reader(text, delimiter=shape.delimiter), start=1):
            if any(cell and not cell.isspace() for cell in row):
                yield number, row
    except UnicodeError:
        raise _undecodable(shape.encoding) from None
    except csv.Error:
        message = _("After row %(row)s a cell is too long; a quotation mark may not be closed.")
        raise InvalidInput(message % {"row": number}) from None
    finally:
        with suppress(ValueError):  # when the file was closed before its rows were read to the end
            text.detach()


def header(file: IO[bytes], shape: Shape) -> list[str]:
    """The names of the columns, each once: as the file has them, or Column 1, Column 2, … in whatever language, because
    mappings are kept by them."""
    first = next(rows(file, shape), None)
    if first is None:
        raise InvalidInput(_("This file holds no rows."))
    cells = [cell.strip() for cell in first[1]]
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        message = _("This file has %(columns)s columns; at most %(most)s are taken.")
        raise InvalidInput(message % {"columns": len(cells), "most": MOST_COLUMNS})
    names: list[str] = []
    for index, cell in enumerate(cells, start=1):
        name = (cell if shape.has_header else "") or f"Column {index}"
        name = name.replace("\x00", "")[:200]
        names.append(f"{name} ({index})" if name in names else name)
    return names


def shown_name(name: str) -> str:
    """The name of a column as people read it."""
    unnamed = re.fullmatch(r"Column ([0-9]+)", name)
    return _("Column %(number)s") % {"number": unnamed[1]} if unnamed else name


def data(file: IO[bytes], shape: Shape) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header."""
    found = rows(file, shape)
    if shape.has_header:
        next(found, None)
    return found


def _undecodable(encoding: str) -> InvalidInput:
    message = _("This file is not written in %(encoding)s; choose another encoding, or save it as UTF-8.")
    return InvalidInput(message % {"encoding": encoding})
