"""Reading what a campaign is to be, from the API or a form: clean values, or every problem with its pointer."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from email.headerregistry import Address
from email.utils import getaddresses, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from crmseg.access import account, senders
from crmseg.common import json
from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem
from segments.catalogue import current as current_catalogue
from segments.definition.dump import dump
from segments.definition.load import load
from segments.models import Segment

from .content import compose
from .models import Campaign

CHANNELS = ("email", "sms", "webhook", "best")
MAX_LISTS = 500
MAX_DEFINITIONS = 20
READ_ONLY = frozenset(
    {"id", "state", "waterfall", "versions_used", "counts", "created_by", "created_at", "updated_at"}
    | {"started_at", "finished_at", "scheduled_at", "trouble", "retry_at", "winner", "decided_at", "arms"}
)


def read(data: Mapping[str, object]) -> dict[str, Any]:
    """The fields given, clean. What the product itself keeps may be sent back and is ignored."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, raw in data.items():
        if key in READ_ONLY:
            continue
        if key not in READERS:
            message = _("A campaign has no field “%(key)s”.") % {"key": key[:100]}
            problems.append(Problem(f"/{json.escape(key[:100])}", message))
            continue
        try:
            values[key] = READERS[key](raw)
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
        except InvalidInput as error:
            problems += [problem.under(f"/{key}") for problem in error.problems]
    if problems:
        raise InvalidInput(problems)
    return values


def _text(limit: int, *, lines: bool = False, required: bool = False) -> Callable[[object], str]:
    def read_text(raw: object) -> str:
        if raw is None and not required:
            return ""
        if not isinstance(raw, str):
            raise ValueError(_("Expected a text."))
        text = raw.replace("\r\n", "\n") if lines else compose.one_line(raw[: limit + 1])
        if not json.is_storable(raw):
            raise ValueError(_("This text contains a character that cannot be stored."))
        if len(raw) > limit:
            raise ValueError(_("Use at most %(limit)s characters.") % {"limit": f"{limit:,}"})
        if required and not text:
            raise ValueError(_("This cannot be empty."))
        return text

    return read_text


def _channel(raw: object) -> str:
    if raw not in CHANNELS:
        raise ValueError(_("The channels are: %(channels)s.") % {"channels": ", ".join(CHANNELS)})
    return str(raw)


def _sender(raw: object) -> str:
    """`Name <address>` or an address, on one line. Empty means the account's own."""
    text = _text(300)(raw)
    if not text:
        return ""
    if isinstance(raw, str) and re.search(r"[\r\n]", raw.strip()):
        raise ValueError(_("A sender is one line."))
    name, address = parseaddr(text)
    # It reads on past what it does not understand; another address, or a part of this one, is not to be lost so.
    if not address or len(getaddresses([text])) != 1 or address not in text:
        raise ValueError(_("Write a sender as: Name <address@example.org>."))
    return str(Address(compose.one_line(name), addr_spec=clean_address(address)))


def clean_address(raw: object) -> str:
    """An e-mail address as mail servers know it, or ValueError."""
    if not isinstance(raw, str):
        raise ValueError(_("Expected an e-mail address."))
    try:
        return validate_email(raw, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise ValueError(_("“%(address)s” is not an e-mail address.") % {"address": raw[:100]}) from error


def _lists(raw: object) -> list[int | dict[str, Any]]:
    """Ids of lists that exist, each once, and definitions in their canonical form, in the order given."""
    if not isinstance(raw, list):
        raise ValueError(_("Expected a list of list ids and definitions."))
    if len(raw) > MAX_LISTS:
        raise ValueError(_("Use at most %(limit)s lists.") % {"limit": MAX_LISTS})
    if sum(isinstance(part, dict) for part in raw) > MAX_DEFINITIONS:
        raise ValueError(_("Use at most %(limit)s definitions.") % {"limit": MAX_DEFINITIONS})
    ids = [pk for pk in raw if is_id(pk)]
    known = set(Segment.unarchived.filter(pk__in=ids).values_list("pk", flat=True))
    catalogue = current_catalogue() if len(ids) < len(raw) else None
    problems: list[Problem] = []
    parts: list[int | dict[str, Any]] = []
    for index, part in enumerate(raw):
        if isinstance(part, dict) and catalogue is not None:
            try:
                parts.append(dump(load(part, catalogue)))
            except InvalidInput as error:
                problems += [problem.under(f"/{index}") for problem in error.problems]
        elif isinstance(part, bool) or not isinstance(part, int) or part not in known:
            problems.append(Problem(f"/{index}", _("There is no list %(id)s.") % {"id": str(part)[:50]}))
        elif part not in parts:
            parts.append(part)
    if problems:
        raise InvalidInput(problems)
    return parts


def _one_of(known: Iterable[str]) -> Callable[[object], str]:
    words = list(known)

    def read_word(raw: object) -> str:
        if raw not in words:
            raise ValueError(_("Expected one of: %(words)s.") % {"words": ", ".join(words)})
        return str(raw)

    return read_word


def _share(least: float, most: float) -> Callable[[object], float]:
    def read_share(raw: object) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal) or not least <= raw <= most:
            raise ValueError(_("Expected a share from %(least)s to %(most)s.") % {"least": least, "most": most})
        return float(raw)

    return read_share


def _whole(least: int, most: int, *, optional: bool = False) -> Callable[[object], int | None]:
    def read_whole(raw: object) -> int | None:
        if raw is None and optional:
            return None
        if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
            message = _("Expected a whole number from %(least)s to %(most)s.")
            raise ValueError(message % {"least": f"{least:,}", "most": f"{most:,}"})
        return raw

    return read_whole


def _yes(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(_("Expected true or false."))
    return raw


def _translations(raw: object) -> dict[str, dict[str, str]]:
    """Words by language, for languages that the product speaks."""
    if not isinstance(raw, dict):
        raise ValueError(_("Expected an object: the words by language."))
    problems: list[Problem] = []
    read_words: dict[str, dict[str, str]] = {}
    for language, words in raw.items():
        at = f"/{json.escape(str(language)[:20])}"
        if language not in compose.LANGUAGES:
            known = ", ".join(compose.LANGUAGES)
            problems.append(Problem(at, _("The languages are: %(known)s.") % {"known": known}))
            continue
        if not isinstance(words, dict) or set(words) - set(WORDS):
            message = _("Expected an object with some of: %(keys)s.")
            problems.append(Problem(at, message % {"keys": ", ".join(WORDS)}))
            continue
        read_words[language] = {}
        for key, text in words.items():
            try:
                read_words[language][key] = READERS[key](text)
            except ValueError as error:
                problems.append(Problem(f"{at}/{key}", str(error)))
    if problems:
        raise InvalidInput(problems)
    return read_words


WORDS = ("subject", "body_mjml", "body_html", "body_text")
"""What a campaign says, in one language."""
READERS: dict[str, Callable[[object], Any]] = {
    "name": _text(200, required=True),
    "kind": _one_of(Campaign.Kind.values),
    "channel": _channel,
    "topic": _text(100),
    "sender": _sender,
    "subject": _text(1_000, lines=True),
    "body_mjml": _text(500_000, lines=True),
    "body_html": _text(500_000, lines=True),
    "body_text": _text(500_000, lines=True),
    "include": _lists,
    "exclude": _lists,
    "translations": _translations,
    "webhook_url": _text(2_000),
    "holdout": _share(0, 0.5),
    "priority": _whole(-100, 100),
    "ignores_caps": _yes,
    "in_local_time": _yes,
    "throttle_per_hour": _whole(1, 100_000_000, optional=True),
    "throttle_domain_per_hour": _whole(1, 100_000_000, optional=True),
    "track_opens": _yes,
    "track_clicks": _yes,
    "goal_event": _text(200),
    "goal_hours": _whole(1, 24 * 366),
    "goal_amount": _text(200),
    "test_share": _share(0.01, 1),
    "test_hours": _whole(1, 24 * 30),
    "test_metric": _one_of(Campaign.Metric.values),
    "test_rule": _one_of(Campaign.Rule.values),
}


def empty() -> dict[str, Any]:
    """Every field as it is where nobody said anything; the name, which must be said, as None."""
    fresh = Campaign()
    return {key: getattr(fresh, key) for key in READERS} | {"name": None}


def default_sender() -> str:
    """Where a campaign names no sender: the standard one of the settings, else the mail server's user if that is an
    address, else no-reply at our own host."""
    if standard := senders.standard():
        return str(Address(compose.one_line(standard.name), addr_spec=standard.address))
    user = urlsplit(settings.EMAIL_URL).username or ""
    address = user.replace("%40", "@")
    if "@" not in address:
        address = f"no-reply@{mail_host()}"
    return str(Address(compose.one_line(account.current().name) or "crmseg", addr_spec=address))


def mail_host() -> str:
    """The host name in addresses and message ids that are ours."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return "localhost"
