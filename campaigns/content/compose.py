"""From a campaign's words to one person's message.

What can be done once is done once: blocks, MJML, styles and the plain text are made for each arm and language before
anybody's values are put in. A template at fault is found when it is saved. Whatever people's data hold, the subject is
one line, the HTML is escaped, and every message says how to unsubscribe.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _
from liquid import BoundTemplate

from contacts.models import Contact
from crmseg.access import account
from crmseg.common.problems import InvalidInput, Problem

from ..asking import links
from . import blocks, liquid, loading, mjml, person, plain, reads, safety, words
from .protect import Protected
from .reads import Needs
from .words import MAIN, Worded

MAX_SUBJECT = 400
LANGUAGES = dict(settings.LANGUAGES)
WITHOUT_SUBJECT = frozenset({"sms", "webhook"})


@dataclass(frozen=True)
class Message:
    """`html` is empty for a message in plain text only; `text` is always there."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Prepared:
    """The templates of one arm in one language. `risky`: what comes out must be looked at, for Liquid makes markup."""

    subject: BoundTemplate
    html: BoundTemplate | None
    text: BoundTemplate
    subject_source: str
    html_source: str
    text_source: str
    needs: Needs
    risky: bool


@dataclass(frozen=True)
class Composition:
    """Parsed once for a campaign and arm, rendered for each person."""

    languages: Mapping[str, Prepared]
    campaign_name: str
    variables: Mapping[str, object] = field(default_factory=dict)
    channel: str = "email"

    @property
    def needs(self) -> Needs:
        """What `loading.load` must bring for a batch of people before they are rendered."""
        total = Needs()
        for prepared in self.languages.values():
            total |= prepared.needs
        return total

    def for_language(self, contact: Contact) -> Prepared:
        return self.languages.get(language_of(contact)) or self.languages[MAIN]

    def render(
        self,
        contact: Contact,
        unsubscribe_url: str,
        loaded: loading.Values | None = None,
        *,
        preferences_url: str = "",
    ) -> Message:
        """The message to this person, or liquid.TemplateError. `loaded`: this person's part of `loading.load`, which
        is asked for her alone where it is not given."""
        prepared = self.for_language(contact)
        values = self.values(contact, unsubscribe_url, loaded, preferences_url=preferences_url)
        subject = one_line(liquid.render(prepared.subject, values))
        if not subject and self.channel not in WITHOUT_SUBJECT:
            raise liquid.TemplateError(_("The subject is empty for this person."))
        html = liquid.render(prepared.html, values) if prepared.html else ""
        if prepared.risky and safety.runs(html):
            raise liquid.TemplateError(_("With this person's data the message would hold a program."))
        text = tidy(liquid.render(prepared.text, values))
        if self.channel not in WITHOUT_SUBJECT:
            html_footer, text_footer = _footers(language_of(contact))
            if html and unsubscribe_url not in html:
                html = _before_end(html, html_footer.replace(_URL, escape(unsubscribe_url)))
            if unsubscribe_url not in text:
                text = f"{text.rstrip()}{text_footer.replace(_URL, unsubscribe_url)}"
        return Message(subject, html, text)

    def values(
        self,
        contact: Contact,
        unsubscribe_url: str,
        loaded: loading.Values | None = None,
        *,
        preferences_url: str = "",
    ) -> dict[str, object]:
        """What the templates see for this person."""
        if loaded is None:
            needs = self.needs
            loaded = loading.load([contact.pk], needs)[contact.pk] if needs and contact.pk else loading.NOTHING
        return {
            "contact": person.of(contact),
            "company": person.company_of(contact),
            "campaign": {"name": self.campaign_name},
            "account": {"name": account.current().name},
            "arm": self.variables,
            "unsubscribe_url": unsubscribe_url,
            "preferences_url": preferences_url or unsubscribe_url,
            "surveys": links.Personal(contact.pk),
            **loaded,
        }


def compose(campaign: Worded, arm: Worded | None = None) -> Composition:
    """The campaign's templates (with the words and variables of one of its arms), or InvalidInput with every one that
    cannot be used."""
    found = problems(campaign) + (problems(arm) if arm else [])
    if found:
        raise InvalidInput(found)
    chosen = {language: words.choose(campaign, arm, language) for language in (MAIN, *words.languages_of(campaign))}
    known = _blocks_of(*chosen.values())
    return Composition(
        languages={language: _prepare(said, known, language) for language, said in chosen.items()},
        campaign_name=campaign.name,
        variables=getattr(arm, "variables", None) or {},
        channel=getattr(campaign, "channel", "") or "email",
    )


def problems(worded: Worded) -> list[Problem]:
    """What keeps these words (of a campaign with its translations, or of an arm) from being used."""
    sets = [("", words.choose(worded))]
    for language, given in (getattr(worded, "translations", None) or {}).items():
        own = words.Words(*(given.get(key) or "" for key in ("subject", *words.BODIES)))
        sets.append((f"/translations/{language}", own))
    known = _blocks_of(*(said for _at, said in sets))
    return [problem.under(at) for at, said in sets for problem in _problems(said, known)]


def _problems(said: words.Words, known: dict[str, str]) -> list[Problem]:
    found = []
    for key in ("subject", *words.BODIES):
        source = getattr(said, key)
        try:
            if key in {"body_mjml", "body_html"} and source.strip():
                whole = blocks.expand(source, known, kind=key[5:])
                found += [Problem(f"/{key}", sentence) for sentence in safety.problems(whole)]
                liquid.parse(_html_of(whole, MAIN, is_mjml=key == "body_mjml"), html=True)
            else:
                liquid.parse(blocks.expand(source, known, kind="text"))
        except liquid.TemplateError as error:
            found.append(Problem(f"/{key}", str(error)))
    return found


def _blocks_of(*sets: words.Words) -> dict[str, str]:
    return blocks.bodies(blocks.names_in(*(getattr(said, key) for said in sets for key in words.BODIES)))


def _prepare(said: words.Words, known: dict[str, str], language: str) -> Prepared:
    key = "body_mjml" if said.body_mjml.strip() else "body_html"
    body = blocks.expand(getattr(said, key), known, kind=key[5:])
    spoken = language or account.current().language
    return _prepared(said.subject, body, said.body_text, spoken, key == "body_mjml")


@lru_cache(maxsize=128)
def _prepared(subject: str, body: str, text: str, language: str, is_mjml: bool) -> Prepared:
    html = _html_of(body, language, is_mjml=is_mjml) if body.strip() else ""
    own_text = text if text.strip() else _text_of(html)
    templates = (
        liquid.parse(subject),
        liquid.parse(html, html=True) if html else None,
        liquid.parse(own_text),
    )
    total = Needs()
    for template in templates:
        if template:
            total |= reads.needs(template)
    return Prepared(*templates, subject, html, own_text, needs=total, risky=_is_risky(html))


def _html_of(body: str, language: str, *, is_mjml: bool) -> str:
    return mjml.to_html(body, language) if is_mjml else mjml.with_styles_inlined(body)


def _text_of(html: str) -> str:
    """The plain text as a template of its own, so that it costs nothing for each person."""
    kept = Protected(html)
    return kept.restore(plain.from_html(kept.source, addresses=kept.word)) if html else ""


_OUR_ADDRESS = re.compile(r"\{\{-?\s*(?:(?:un|pref)\w+_url|surveys\.\w+)\s*-?\}\}")


def _is_risky(html: str) -> bool:
    """Whether Liquid writes addresses from their beginning, or markup."""
    kept = Protected(html)
    if any("<" in re.sub(r"\s<=?\s", "", tag) for tag in kept.tags):
        return True
    begun = re.findall(rf"(?:href|src)\s*=\s*[\"']?\s*{kept.word}x(\d+)x", kept.source, re.IGNORECASE)
    return any(not _OUR_ADDRESS.fullmatch(kept.tags[int(at)]) for at in begun)


def language_of(contact: Contact) -> str:
    """The contact's language where the product speaks it, else the account's."""
    wanted = (contact.language or "").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else account.current().language


def one_line(text: str) -> str:
    """No line break, no control character: nothing that could end a header and begin another."""
    if not text.isprintable() or "  " in text:
        visible = "".join(c if unicodedata.category(c) not in {"Cc", "Zl", "Zp", "Cs"} else " " for c in text)
        text = " ".join(visible.split())
    return text.strip()[:MAX_SUBJECT].rstrip()


def tidy(text: str) -> str:
    """Without the empty lines that conditions leave behind."""
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+\n", "\n\n", text.replace("\r\n", "\n"))


_URL = "crmseg-unsubscribe-url"


@lru_cache(maxsize=16)
def _footers(language: str) -> tuple[str, str]:
    """The end of a message whose author forgot it, as HTML and as text, with _URL for the address."""
    with translation.override(language):
        html = format_html(
            '<p style="margin:24px 0 0;font-size:12px;color:#626976;text-align:center">{} <a href="{}">{}</a></p>',
            _("You receive this message because you subscribed."),
            _URL,
            _("Unsubscribe"),
        )
        said = _("You receive this message because you subscribed. Unsubscribe: %(url)s") % {"url": _URL}
    return str(html), f"\n\n-- \n{said}\n"


def _before_end(html: str, footer: str) -> str:
    end = html.rfind("</body")
    if end < 0:
        found = [*re.finditer(r"</body\s*>", html, re.IGNORECASE)]
        end = found[-1].start() if found else len(html)
    return html[:end] + footer + html[end:]
