"""Whatever people read goes through the catalogues: no template, script or service says a sentence past them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmseg import messages

ROOT = messages.ROOT
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
# The API speaks one language: its reference is for programmers.
_API = {"api", "serializers.py", "schemas.py", "api.py", "rest", "rest.py", "rest_answers.py", "management", "demo"}
SOURCES = sorted(
    path for room in messages.ROOMS for path in (ROOT / room).rglob("*.py") if not {"migrations", *_API} & {*path.parts}
)

# Names and signs that every language writes alike.
ALIKE = re.compile(
    r"crmseg|CSV|JSON|PNG|HTML|URL|API|UTC|ID|SMS|px|PostgreSQL|Valkey|Ctrl|Alt|Esc|Enter|nbsp|amp|middot|hellip|times|rarr|larr|lt|gt"
    r"|SVG|name@example\.org|RFM|NPS|CSAT|Gini|BG/NBD|Gamma-Gamma|main_need|Ticket Opened"
)
_SAID = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?%\}.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
_HOLLOW = re.compile(r"\{%\s*block (?:box|body_attributes|head)\s*%\}.*?\{%\s*endblock\s*%\}", re.S)
_UNSAID = re.compile(
    r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->|<!doctype[^>]*>|<(script|style|code|kbd)\b.*?</\1>", re.S
)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
_ATTRIBUTE = re.compile(
    r"""\s(?:placeholder|title|aria-label|alt|label|data-copied|data-found|aria-description)=("[^"]*"|'[^']*')"""
)
_ELEMENT = re.compile(r"<[^>]*>", re.S)
_WORD = re.compile(r"[^\W\d_]{2,}")


def said_past_the_catalogues(text: str) -> list[str]:
    """The pieces of a template that hold words of their own."""
    bare = _TAG.sub("", _SAID.sub("", _HOLLOW.sub("", _UNSAID.sub("", text))))
    pieces = [value.strip("\"'") for value in _ATTRIBUTE.findall(bare)] + _ELEMENT.split(bare)
    return [piece.strip() for piece in pieces if _WORD.search(ALIKE.sub("", piece))]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_say_nothing_past_the_catalogues(path: Path):
    assert said_past_the_catalogues(path.read_text()) == []


def test_a_bare_word_in_a_template_is_found():
    assert said_past_the_catalogues('<p>{% translate "Hi" %} there</p>') == ["there"]
    assert said_past_the_catalogues('<input aria-label="Search here" value="{{ q }}">') == ["Search here"]
    assert said_past_the_catalogues('<p title="{% translate "Hi" %}">{{ name }} · <code>id</code></p>') == []


# A literal that begins like a sentence. Scripts get their words from the page.
_SENTENCE = re.compile(r"""(["'`])([A-Z][a-zà-ü]+(?: [\w’'${}.,…-]+)+)\1""")
_COMMENT = re.compile(r"/\*.*?\*/|(?m:(?<![:\"'])//.*$)", re.S)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_say_nothing_themselves(path: Path):
    code = _COMMENT.sub("", path.read_text())
    assert [found[1] for found in _SENTENCE.findall(code)] == []


TELLING = {"Problem": 1, "InvalidInput": 0, "Conflict": 0, "Column": 0, "Place": 1, "Command": 1, "HomeNumber": 1}
MESSAGES = {"success", "error", "info", "warning"}
NAMED = {"label", "help_text", "verbose_name", "verbose_name_plural"}


def sentences_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts given, as they are, to what shows them to people."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) if name in TELLING:
                shown = node.args[TELLING[name] : TELLING[name] + 1]
            case ast.Attribute(value=ast.Name(id="messages"), attr=level) if level in MESSAGES:
                shown = node.args[1:2]
            case _:
                shown = []
        shown += [keyword.value for keyword in node.keywords if keyword.arg in NAMED]
        for text in shown:
            pieces = text.values if isinstance(text, ast.JoinedStr) else [text]
            literals = [piece.value for piece in pieces if isinstance(piece, ast.Constant)]
            words = " ".join(text for text in literals if isinstance(text, str))
            if _WORD.search(ALIKE.sub("", words)):
                yield node.lineno, words


def test_services_and_views_say_nothing_past_the_catalogues():
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in SOURCES
        for line, text in sentences_of(ast.parse(path.read_text()))
    ]
    assert faults == []


def test_a_bare_sentence_in_a_service_is_found():
    assert [*sentences_of(ast.parse('Problem("/x", "Too long")\nProblem("/x", _("Fine"))'))] == [(1, "Too long")]
    assert [*sentences_of(ast.parse('messages.success(request, f"{x} was saved")'))] == [(1, " was saved")]
