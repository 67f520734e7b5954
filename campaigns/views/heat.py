"""Where in a message people clicked: the share of all clicks, written beside each link."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.utils.html import format_html

from crmseg.web import formats

# The links that are counted, in the order in which they are numbered: those that lead to the web.
_LINK = re.compile(r"""<(?:a|area|v:[a-z]+)\s(?:[^>]*?\s)?href\s*=\s*(["'])\s*https?://[^"'<>\s]+\s*\1[^>]*>""", re.I)
_STYLE = (
    "display:inline-block;margin:0 4px;padding:0 6px;border-radius:9px;background:{};color:#fff;"
    "font:600 11px/18px sans-serif;text-decoration:none"
)
_HOT, _WARM, _COLD = "#b3261e", "#8a4b00", "#4a5361"


def with_shares(html: str, links: Iterable[dict[str, Any]]) -> str:
    """The message with a badge at each link; our own links, such as the one to unsubscribe, are not counted."""
    shares: dict[int, float] = {}
    for link in links:
        shares[link["place"]] = shares.get(link["place"], 0.0) + link["share"]
    place = 0

    def mark(match: re.Match[str]) -> str:
        nonlocal place
        place += 1
        share = shares.get(place, 0.0)
        if not share and settings.PUBLIC_URL in match[0]:
            return match[0]
        colour = _HOT if share >= 0.25 else _WARM if share >= 0.05 else _COLD
        return match[0] + format_html('<span style="{}">{}</span>', _STYLE.format(colour), formats.percent(share, 1))

    return _LINK.sub(mark, html)
