"""The builder's HTML read as its scripts read it: every control with `data-field` belongs to the nearest row."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = {"input", "br", "use", "img", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def has(self, name: str) -> bool:
        return name in self.attributes

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def inside(self) -> list[Element]:
        return [one for child in self.children for one in (child, *child.inside())]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("root", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def parse(html: str) -> Element:
    reader = _Reader()
    reader.feed(html)
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is not closed"
    return reader.open[0]


def drafts(html: str) -> list[dict[str, Any]]:
    """The drafts that the browser would send."""
    return [_draft(one) for one in parse(html).children if one.has("data-node")]


def _draft(node: Element) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    children: list[dict[str, Any]] = []
    for part in node.children:
        if part.has("data-fields"):
            for control in part.inside():
                if control.has("data-field"):
                    _keep(control, fields)
        if part.has("data-children"):
            children = [_draft(child) for child in part.children if child.has("data-node")]
    return {"id": node.get("id"), "kind": node.get("data-node"), "fields": fields, "children": children}


def _keep(control: Element, fields: dict[str, list[str]]) -> None:
    if control.get("type") in {"radio", "checkbox"} and not control.has("checked"):
        return
    value = _value(control)
    if value or control.has("data-exact"):
        fields.setdefault(control.get("data-field"), []).append(value)


def _value(control: Element) -> str:
    if control.tag == "textarea":
        return control.text.removeprefix("\n")
    if control.tag != "select":
        said = control.get("value")
        return said if control.get("type") == "hidden" else said.replace("\n", "").replace("\r", "")
    options = [one for one in control.inside() if one.tag == "option"]
    chosen = [one for one in options if one.has("selected")] or options[:1]
    return chosen[-1].get("value") if chosen else ""
