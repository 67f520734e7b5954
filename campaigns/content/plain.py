"""The plain-text part of a message that was written in HTML only: its words, links with their addresses, lists."""

from __future__ import annotations

import re
from html.parser import HTMLParser

UNSEEN = {"head", "script", "style", "template", "title"}
BLOCKS = {"p", "div", "table", "tr", "ul", "ol", "section", "article", "header", "footer", "blockquote", "h1", "h2"}
BLOCKS |= {"h3", "h4", "h5", "h6", "pre"}
SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"}


VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def from_html(html: str, addresses: str = "") -> str:
    """`addresses`: what an address that is not known yet begins with."""
    reader = _Reader(("http:", "https:", "mailto:", *([addresses] if addresses else [])))
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self, addresses: tuple[str, ...]) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses = addresses
        self.parts: list[str] = []
        self.unseen = 0
        self.hidden = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.hidden or re.search(r"display\s*:\s*none", given.get("style", "")):
            self.hidden += tag not in VOID
        elif tag in UNSEEN:
            self.unseen += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "hr":
            self.parts.append("\n\n---\n\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "img" and given.get("alt"):
            self.parts.append(given["alt"])
        elif tag == "a":
            self.links.append((given.get("href", ""), len(self.parts)))
        elif tag in {"td", "th"}:
            self.parts.append(" ")
        elif tag in BLOCKS:
            self.parts.append("\n\n" if tag in SPACED else "\n")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag not in VOID
        elif tag in UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag == "a" and self.links:
            address, start = self.links.pop()
            words = "".join(self.parts[start:]).strip()
            if address.startswith(self.addresses) and words not in {address, address.partition(":")[2]}:
                self.parts.append(f" ({address})" if words else address)
        elif tag in BLOCKS:
            self.parts.append("\n\n" if tag in SPACED else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen and not self.hidden:
            self.parts.append(data.replace("\n", " "))
