"""The words that were looked for, marked where they stand in what was found."""

from __future__ import annotations

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

MOST_WORDS = 10


def mark(text: str, query: str) -> SafeString:
    """`text` with every occurrence of a word of `query` in a `<mark>`; both are shown as text."""
    words = sorted(set(query.split()[:MOST_WORDS]), key=len, reverse=True)
    if not words:
        return conditional_escape(text)
    parts = re.split("(" + "|".join(map(re.escape, words)) + ")", text, flags=re.IGNORECASE)
    # Every second part is what matched.
    marked = (format_html("<mark>{}</mark>" if at % 2 else "{}", part) for at, part in enumerate(parts))
    return mark_safe("".join(marked))
