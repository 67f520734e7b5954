"""The links of a message that say who clicked what, and the picture that says who opened it.

A link carries its address and our signature over the address, the send and its place, so that it leads where the
message said and nowhere else: nobody without the key can make one that leads elsewhere. An address reaches a message
only by its author, never by the request that follows it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

from django.conf import settings
from django.urls import reverse

LONGEST = 1_500
"""A longer address stays as it is: with our part it would be cut by mail programs."""
LOOKED = "looked"
_SIGNATURE = 20
_OWN = ("/u/", "/p/", "/in/", "/t/")
_HREF = re.compile(r"""(<(?:a|area|v:[a-z]+)\s(?:[^>]*?\s)?href\s*=\s*)(["'])\s*(https?://[^"'<>\s]+)\s*\2""", re.I)
_ADDRESS = re.compile(r"""https?://[^\s<>"'\]]+""", re.I)
_PICTURE = re.compile(r"(/t/o/[\w.-]+\.gif)(?=\")")
_TARGET = re.compile(r"https?://[^/?#\s]+\S*", re.I)
_UNCLEAN = re.compile(r"[\x00-\x20\x7f\\]")


class BadLink(ValueError):
    """Not a link of ours, or not whole."""


@dataclass(frozen=True)
class Click:
    send_id: int
    place: int
    url: str


class Tracker:
    """Puts the links and the picture of one campaign into rendered messages. Made once for many."""

    def __init__(self, campaign: Any) -> None:
        self.opens, self.clicks = bool(campaign.track_opens), bool(campaign.track_clicks)
        self._key = _keys()[0]
        self._own = tuple(settings.PUBLIC_URL + path for path in _OWN)
        self._click = settings.PUBLIC_URL + reverse("campaigns:click", args=["-"])[:-1]
        self._open = settings.PUBLIC_URL + reverse("campaigns:open", args=["-"]).removesuffix("-.gif")

    def rewrite(self, html: str, send_id: int) -> str:
        """The HTML with its web links leading through us, numbered from 1, and the picture at its end."""
        if self.clicks and html:
            html = _HREF.sub(self._links_of(send_id), html)
        if self.opens and html:
            body = f"{send_id}"
            source = f"{self._open}{body}.{_sign(self._key, 'o', body)}.gif"
            image = f'<img src="{source}" width="1" height="1" alt="" role="presentation">'
            at = html.rfind("</body")
            at = at if at >= 0 else html.rfind("</BODY")
            html = html + image if at < 0 else html[:at] + image + html[at:]
        return html

    def rewrite_text(self, text: str, send_id: int) -> str:
        """The same for plain text, whose links have no number."""
        return _ADDRESS.sub(self._addresses_of(send_id), text) if self.clicks else text

    def _links_of(self, send_id: int) -> Callable[[re.Match[str]], str]:
        place = 0

        def replace(match: re.Match[str]) -> str:
            nonlocal place
            place += 1
            url = unescape(match[3]) if "&" in match[3] else match[3]
            if not self._follows(url):
                return match[0]
            return f"{match[1]}{match[2]}{self._to(url, send_id, place)}{match[2]}"

        return replace

    def _addresses_of(self, send_id: int) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            url = match[0].rstrip(".,;:!?")
            if url.endswith(")") and "(" not in url:
                url = url.rstrip(")")
            return self._to(url, send_id, 0) + match[0][len(url) :] if self._follows(url) else match[0]

        return replace

    def _follows(self, url: str) -> bool:
        return len(url) <= LONGEST and not url.startswith(self._own) and _is_target(url)

    def _to(self, url: str, send_id: int, place: int) -> str:
        body = f"{send_id}.{place}.{_packed(url)}"
        return f"{self._click}{body}.{_sign(self._key, 'c', body)}"


def for_onlookers(html: str) -> str:
    """A message as it was sent, for people of ours to look at: its picture says so, and nobody has opened anything."""
    return _PICTURE.sub(rf"\1?{LOOKED}", html)


def read_click(token: str) -> Click:
    """What a link says, or BadLink."""
    parts = _checked("c", token).split(".")
    try:
        send_id, place, packed = int(parts[0]), int(parts[1]), parts[2]
        url = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (ValueError, IndexError) as error:
        raise BadLink from error
    if not _is_target(url):
        raise BadLink
    return Click(send_id, place, url)


def read_open(token: str) -> int:
    """Whose picture it is, or BadLink."""
    return int(_checked("o", token))


def click_url(send_id: int, place: int, url: str) -> str:
    """One link by itself."""
    body = f"{send_id}.{place}.{_packed(url)}"
    token = f"{body}.{_sign(_keys()[0], 'c', body)}"
    return settings.PUBLIC_URL + reverse("campaigns:click", args=[token])


def open_url(send_id: int) -> str:
    token = f"{send_id}.{_sign(_keys()[0], 'o', str(send_id))}"
    return settings.PUBLIC_URL + reverse("campaigns:open", args=[token])


@lru_cache(maxsize=10_000)
def _is_target(url: str) -> bool:
    """An address on the web that no browser or header could read in two ways."""
    return _TARGET.fullmatch(url) is not None and _UNCLEAN.search(url) is None


@lru_cache(maxsize=10_000)
def _packed(url: str) -> str:
    return base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _sign(key: bytes, kind: str, body: str) -> str:
    digest = hmac.digest(key, f"{kind}:{body}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:15]).decode()


def _checked(kind: str, token: str) -> str:
    """What was signed, by any key that is still good."""
    body, _dot, signature = token.rpartition(".")
    if not token.isascii() or len(signature) != _SIGNATURE:
        raise BadLink
    if not any(hmac.compare_digest(_sign(key, kind, body), signature) for key in _keys()):
        raise BadLink
    return body


def _keys() -> tuple[bytes, ...]:
    return _derived(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=8)
def _derived(*secrets: str) -> tuple[bytes, ...]:
    return tuple(hmac.digest(secret.encode(), b"campaigns.tracking", hashlib.sha256) for secret in secrets)
