"""From a campaign's words to one person's message.

A template at fault is found when it is saved. Whatever people's data hold, the subject is one line, the HTML is
escaped, and every message says how to unsubscribe.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from liquid import BoundTemplate

from contacts.models import Contact
from crmseg.access import account
from crmseg.common.problems import InvalidInput, Problem

from . import liquid, person, plain

MAX_SUBJECT = 400
LANGUAGES = dict(settings.LANGUAGES)


class Worded(Protocol):
    """Anything with the words of a message: a campaign, or a form not saved yet."""

    name: str
    subject: str
    body_html: str
    body_text: str


@dataclass(frozen=True)
class Message:
    """`html` is empty for a message in plain text only; `text` is always there."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Composition:
    """Parsed once for a campaign, rendered for each person."""

    subject: BoundTemplate
    html: BoundTemplate | None
    text: BoundTemplate | None
    campaign_name: str

    def render(self, contact: Contact, unsubscribe_url: str) -> Message:
        """The message to this person, or liquid.TemplateError."""
        values = {
            "contact": person.of(contact),
            "campaign": {"name": self.campaign_name},
            "account": {"name": account.current().name},
            "unsubscribe_url": unsubscribe_url,
        }
        subject = one_line(liquid.render(self.subject, values))
        if not subject:
            raise liquid.TemplateError(_("The subject is empty for this person."))
        html = liquid.render(self.html, values) if self.html else ""
        text = liquid.render(self.text, values) if self.text else ""
        with translation.override(language_of(contact)):
            if html:
                html = _with_html_footer(html, unsubscribe_url)
            text = _with_text_footer(text, unsubscribe_url) if text.strip() else plain.from_html(html)
        return Message(subject, html, text.replace("\r\n", "\n"))


def compose(words: Worded) -> Composition:
    """The campaign's templates, or InvalidInput with every one that does not parse."""
    found = problems(words)
    if found:
        raise InvalidInput(found)
    return Composition(
        subject=liquid.parse(words.subject),
        html=liquid.parse(words.body_html, html=True) if words.body_html.strip() else None,
        text=liquid.parse(words.body_text) if words.body_text.strip() else None,
        campaign_name=words.name,
    )


def problems(words: Worded) -> list[Problem]:
    """What keeps these templates from being used."""
    found = []
    for key, source, html in (
        ("subject", words.subject, False),
        ("body_html", words.body_html, True),
        ("body_text", words.body_text, False),
    ):
        try:
            liquid.parse(source, html=html)
        except liquid.TemplateError as error:
            found.append(Problem(f"/{key}", str(error)))
    return found


def language_of(contact: Contact) -> str:
    """The contact's language where the product speaks it, else the account's."""
    wanted = (contact.language or "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else account.current().language


def one_line(text: str) -> str:
    """No line break, no control character: nothing that could end a header and begin another."""
    visible = "".join(c if unicodedata.category(c) not in {"Cc", "Zl", "Zp", "Cs"} else " " for c in text)
    return " ".join(visible.split())[:MAX_SUBJECT].rstrip()


def _with_html_footer(html: str, unsubscribe_url: str) -> str:
    if unsubscribe_url in html:
        return html
    footer = format_html(
        '<p style="margin:24px 0 0;font-size:12px;color:#626976">{} <a href="{}">{}</a></p>',
        _("You receive this message because you subscribed."),
        unsubscribe_url,
        _("Unsubscribe"),
    )
    end = [*re.finditer(r"</body\s*>", html, re.IGNORECASE)]
    at = end[-1].start() if end else len(html)
    return html[:at] + footer + html[at:]


def _with_text_footer(text: str, unsubscribe_url: str) -> str:
    if unsubscribe_url in text:
        return text
    said = _("You receive this message because you subscribed. Unsubscribe: %(url)s") % {"url": unsubscribe_url}
    return f"{text.rstrip()}\n\n-- \n{said}\n"
