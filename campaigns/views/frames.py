"""Messages shown as their readers will see them: each a document of its own that can run nothing and fetch only images.

The page shows it in a sandboxed frame. The policy says `sandbox` as well, for whoever opens the address itself.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

POLICY = (
    "sandbox allow-popups; default-src 'none'; img-src https: http: data:; font-src https: data:; "
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def framed(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response


def message(html: str, text: str, subject: str = "") -> HttpResponse:
    """The HTML part or, where there is none, the text; below the subject where the page does not show it."""
    body = html or format_html("<pre>{}</pre>", text)
    head = format_html("<p><strong>{}</strong></p><hr>", subject) if subject else ""
    return framed(f'<!doctype html><meta charset="utf-8">{head}{body}')


def notes(sentences: list[str]) -> HttpResponse:
    items = mark_safe("".join(f"<li>{escape(sentence)}</li>" for sentence in sentences))
    return framed(f'<!doctype html><meta charset="utf-8"><ul>{items}</ul>')
