"""MJML into the HTML that mail programs understand, styles written into the elements: once per message, not per person.

Nothing is fetched: included files, remote style sheets and remote fonts are not offered. Liquid passes through.
"""

from __future__ import annotations

import re
from functools import lru_cache

import css_inline
from django.utils.translation import gettext as _
from mjml import mjml2html

from .liquid import TemplateError
from .protect import Protected

MAX_DEPTH = 100
_INCLUDE = re.compile(r"<\s*mj-include\b", re.IGNORECASE)
_STYLE = re.compile(r"<\s*style\b", re.IGNORECASE)
_ROOT = re.compile(r"<\s*mjml(?=[\s>])", re.IGNORECASE)
_OPENING = re.compile(r"<(/?)([a-zA-Z][\w-]*)[^<>]*?(/?)>")
_MARKUP = re.compile(r"(<!--.*?-->|<style\b.*?</style\s*>|<title\b.*?</title\s*>|<[^>]*>)", re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(r"<\s*(mj-[a-z-]+)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# fmt: off
ELEMENTS = {
    "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all", "mj-attributes",
    "mj-body", "mj-breakpoint", "mj-button", "mj-carousel", "mj-carousel-image", "mj-class", "mj-column",
    "mj-divider", "mj-font", "mj-group", "mj-head", "mj-hero", "mj-html-attribute", "mj-html-attributes", "mj-image",
    "mj-navbar", "mj-navbar-link", "mj-preview", "mj-raw", "mj-section", "mj-selector", "mj-social",
    "mj-social-element", "mj-spacer", "mj-style", "mj-table", "mj-text", "mj-title", "mj-wrapper",
}
# fmt: on
_VOID = {"br", "hr", "img", "input", "meta", "link", "col", "area", "wbr", "source"}
_inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


@lru_cache(maxsize=128)
def to_html(source: str, language: str = "") -> str:
    """The HTML with its Liquid, or TemplateError."""
    if _INCLUDE.search(source):
        raise TemplateError(_("Messages cannot include files (mj-include). Use a block instead."))
    kept = Protected(source, unescape=True)
    # Left as it is, an element of no meaning would reach readers.
    for name in _ELEMENT.findall(_COMMENT.sub("", kept.source)):
        if name.lower() not in ELEMENTS:
            raise TemplateError(_("A message cannot hold the element <%(name)s>.") % {"name": name[:40]})
    if _depth(kept.source) > MAX_DEPTH:
        raise TemplateError(_("This is nested too deeply."))
    spoken = _ROOT.sub(f'<mjml lang="{language}"', kept.source, count=1) if language else kept.source
    try:
        made = _inlined(kept, _made(spoken))
    except (ValueError, css_inline.InlineError) as error:
        raise TemplateError(_("This is not valid MJML: %(reason)s.") % {"reason": kept.without(str(error))}) from error
    return kept.restore(made)


@lru_cache(maxsize=128)
def with_styles_inlined(source: str) -> str:
    """HTML somebody wrote by hand: what its style sheets say, said in its elements too."""
    if not _STYLE.search(source):
        return source
    kept = Protected(source)
    try:
        return kept.restore(_inlined(kept, kept.source))
    except (ValueError, css_inline.InlineError) as error:
        raise TemplateError(_("The styles cannot be read: %(reason)s.") % {"reason": error}) from error


def _inlined(kept: Protected, markup: str) -> str:
    """With the styles in the elements. What Liquid does between elements is a comment meanwhile: text between the rows
    of a table would be moved out of it, and a loop over rows with it."""
    parts = _MARKUP.split(markup)
    texts = [kept.as_comments(text) for text in parts[::2]]
    between = [text for pair in zip(texts, [*parts[1::2], ""], strict=True) for text in pair]
    # A parser begins the body of a table at its first row, which would be within the loop.
    rows = re.sub(rf"(<table\b[^>]*>)((?:\s*<!--{kept.word}x\d+x-->)+\s*<tr\b)", r"\1<tbody>\2", "".join(between))
    return kept.from_comments(_inliner.inline(rows))


def _made(source: str) -> str:
    made: object = mjml2html(source, fonts={})
    # A plain text in the versions we know; later ones add the warnings.
    return made if isinstance(made, str) else str(getattr(made, "html", made))


def _depth(source: str) -> int:
    deepest = depth = 0
    for closing, name, empty in _OPENING.findall(source):
        if empty or name.lower() in _VOID:
            continue
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
    return deepest
