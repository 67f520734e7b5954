"""The product's own templates, in the four languages: whole messages to begin from.

Each is a file of MJML with marks (`[[title]]`) for its words and (`[[>head]]`) for the parts that all share.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils import translation

from . import gallery_words
from .compose import LANGUAGES

FOLDER = Path(__file__).parent / "templates"
_MARK = re.compile(r"\[\[(\w+)\]\]")
_PART = re.compile(r"\[\[>(\w+)\]\]\n?")
_SCALE = "https://www.example.com/survey?answer="
_STARS = "https://www.example.com/review?stars="


@dataclass(frozen=True)
class OwnTemplate:
    key: str
    name: str
    description: str
    subject: str
    body_mjml: str


def listing(language: str = "") -> list[OwnTemplate]:
    """All of them, in the language given or the reader's."""
    return [get(key, language) for key in gallery_words.OWN]


def get(key: str, language: str = "") -> OwnTemplate:
    """KeyError where there is none of this key."""
    return _made(key, language or (translation.get_language() or "en").partition("-")[0])


def translations(key: str, without: str = "") -> dict[str, dict[str, str]]:
    """Its words by language, as a campaign keeps them."""
    made = {language: get(key, language) for language in LANGUAGES if language != without}
    return {language: {"subject": one.subject, "body_mjml": one.body_mjml} for language, one in made.items()}


@lru_cache(maxsize=64)
def _made(key: str, language: str) -> OwnTemplate:
    own = gallery_words.OWN[key]
    with translation.override(language):
        account = f'{{{{ account.name | default: "{gallery_words.OUR_SHOP}" }}}}'
        words = {mark: _filled(str(said), account) for mark, said in {**gallery_words.COMMON, **own.words}.items()}
        words |= {"title": _filled(str(own.title), account), "lead": _filled(str(own.lead), account)}
        words |= {"greeting": _greeting(), "account": account, "accent": own.accent, "tint": own.tint}
        words |= {"preview": words["lead"], "scale": _scale(own), "stars": _stars(own)}
        return OwnTemplate(
            key,
            str(own.name),
            str(own.description),
            str(own.subject).replace("{account}", account),
            _MARK.sub(lambda found: words[found[1]], _file(key)),
        )


def _file(name: str) -> str:
    text = (FOLDER / f"{name}.mjml").read_text(encoding="utf-8")
    return _PART.sub(lambda found: _file(f"_{found[1]}"), text)


def _filled(said: str, account: str) -> str:
    """As text of the file. A quotation mark would end the default value that some words are."""
    return html.escape(said.replace('"', "”"), quote=False).replace("{account}", account)


def _greeting() -> str:
    named = _filled(str(gallery_words.HELLO_NAME), "").replace("{name}", "{{ contact.first_name }}")
    return f"{{% if contact.first_name %}}{named}{{% else %}}{_filled(str(gallery_words.HELLO), '')}{{% endif %}}"


def _scale(own: gallery_words.Own) -> str:
    style = f"display:inline-block;width:36px;line-height:36px;border-radius:18px;background:{own.tint};"
    style += f"color:{own.accent};font-weight:700;text-decoration:none"
    return " ".join(f'<a href="{_SCALE}{number}" style="{style}">{number}</a>' for number in range(11))


def _stars(own: gallery_words.Own) -> str:
    style = f"color:{own.accent};text-decoration:none"
    return " ".join(f'<a href="{_STARS}{number}" style="{style}" title="{number}">★</a>' for number in range(1, 6))
