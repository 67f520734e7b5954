"""What the page sent, as the language reads it: a definition, or every problem at the row it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.nodes import Node
from segments.definition.schema import Catalogue

from . import draft as drafts
from .decode import Decoded, decode


@dataclass(frozen=True)
class Remark:
    """A sentence for a row of the page; an empty row is the definition as a whole. `pointer` is shown beside JSON."""

    row: str
    message: str
    pointer: str = ""
    tone: Literal["problem", "warning"] = "problem"


@dataclass
class Asked:
    """`tree` is None when there is nothing to ask yet, or when `problems` say why it cannot be asked."""

    tree: Node | None = None
    problems: list[Remark] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    as_text: bool = False
    draft: drafts.Draft | None = None
    decoded: Decoded = field(default_factory=Decoded)

    @property
    def definition(self) -> dict[str, Any]:
        assert self.tree is not None
        return dump(self.tree)

    def place(self, problems: Iterable[Problem], tone: Literal["problem", "warning"] = "problem") -> list[Remark]:
        """Each at its row; what is about the whole, or about JSON text, stays above."""
        return [
            Remark(self.decoded.row_at(problem.pointer), problem.message, problem.pointer, tone) for problem in problems
        ]


def read(request: HttpRequest, catalogue: Catalogue, *, reader_of: int | None = None) -> Asked:
    """The definition in the request: rows (`draft`), or JSON that somebody wrote (`definition`)."""
    asked = Asked(as_text="definition" in request.POST)
    try:
        raw = _text(request) if asked.as_text else _rows(request, catalogue, asked)
        if raw is not None:
            asked.tree = load(raw, catalogue, reader_of=reader_of)
    except InvalidInput as error:
        asked.problems = asked.place(error.problems)
    return asked


def read_draft(request: HttpRequest, name: str) -> drafts.Draft:
    return drafts.read(json.loads(request.POST.get(name, "").encode("utf-8", "surrogatepass")))


def unfinished_remarks(asked: Asked) -> list[Remark]:
    """Why what is not finished cannot be saved."""
    remarks = [Remark(row, _("This condition is not finished: fill it in, or remove it.")) for row in asked.unfinished]
    if asked.tree is None and not asked.problems and not remarks:
        remarks.append(Remark("", _("Add a condition that says who belongs to this list.")))
    return remarks


def _text(request: HttpRequest) -> object:
    return json.loads(request.POST["definition"].encode("utf-8", "surrogatepass"))


def _rows(request: HttpRequest, catalogue: Catalogue, asked: Asked) -> object:
    asked.draft = read_draft(request, "draft")
    asked.decoded = decode(asked.draft, catalogue)
    asked.unfinished = asked.decoded.unfinished
    return asked.decoded.definition
