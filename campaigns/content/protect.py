"""Liquid carried unchanged through programs that know only markup: each tag becomes one word, and later itself again.

The word is letters and digits only, so that it may stand in text, in an attribute, in an address or in a colour.
"""

from __future__ import annotations

import hashlib
import html
import re

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


class Protected:
    """`source` without Liquid, and the way back."""

    def __init__(self, source: str, *, unescape: bool = False) -> None:
        self.word = "lq" + hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:8]
        self.tags: list[str] = []
        self._unescape = unescape
        self._words = re.compile(self.word + r"x(\d+)x")
        self.source = TAG.sub(self._hide, source)

    def restore(self, text: str) -> str:
        return self._words.sub(lambda found: self.tags[int(found[1])], text)

    def without(self, text: str) -> str:
        """The text with nothing where Liquid stood."""
        return self._words.sub("", text)

    def as_comments(self, text: str) -> str:
        """Tags that do something, rather than print, as comments of HTML."""
        return self._words.sub(
            lambda found: f"<!--{found[0]}-->" if self.tags[int(found[1])].startswith("{%") else found[0], text
        )

    def from_comments(self, text: str) -> str:
        return re.sub(rf"<!--({self.word}x\d+x)-->", r"\1", text)

    def _hide(self, found: re.Match[str]) -> str:
        tag = found[0]
        # Visual editors write markup: quotes and comparisons inside a tag come back as entities.
        self.tags.append(html.unescape(tag).replace("\u00a0", " ") if self._unescape else tag)
        return f"{self.word}x{len(self.tags) - 1}x"
