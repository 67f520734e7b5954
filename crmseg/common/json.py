"""JSON as the product reads and writes it: exact numbers in both directions, and nothing that storage cannot hold.

Reading refuses, with the place at fault, what would otherwise fail later: bad UTF-8, NUL characters and lone
surrogates (PostgreSQL has no room for them), NaN and Infinity, numbers beyond any sensible size, and nesting that
would exhaust the stack. Numbers with a fraction become `Decimal`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem

DEEPEST = 500
"""More than any definition needs (200 nodes deep), and far from the recursion limit of what handles the value next."""
LARGEST_EXPONENT = 308
LONGEST_NUMBER = 400

_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\d{%d}" % (LARGEST_EXPONENT + 1))
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _NumberRefused(Exception):
    pass


def _read_number(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise _NumberRefused
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise _NumberRefused from None
    if number and abs(number.adjusted()) > LARGEST_EXPONENT:
        raise _NumberRefused
    return number


_decoder = msgspec.json.Decoder(float_hook=_read_number)


def loads(data: bytes) -> Any:
    """The value written in `data`, or InvalidInput that says where it is at fault."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if _depth(data) > DEEPEST:
        raise InvalidInput(_("This is nested too deeply: more than %(deepest)s levels.") % {"deepest": DEEPEST})
    try:
        value = _decoder.decode(data)
    except UnicodeDecodeError:
        raise InvalidInput(_("This is not valid UTF-8.")) from None
    except _NumberRefused:
        raise InvalidInput(_("A number is too large, too small or too long.")) from None
    except msgspec.MsgspecError as error:
        problems = _lone_surrogates(data) or _("This is not valid JSON: %(reason)s.") % {"reason": _reason(error)}
        raise InvalidInput(problems) from None
    if _SUSPICIOUS.search(data) and (problems := [*_problems_in(value)]):
        raise InvalidInput(problems)
    return value


def _depth(data: bytes) -> int:
    """How deeply `data` nests, without recursion."""
    if data.count(b"[") + data.count(b"{") <= DEEPEST:
        return 0
    brackets = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _lone_surrogates(data: bytes) -> list[Problem]:
    """The pointers that the fast decoder does not give; the standard one reads lone surrogates."""
    try:
        return [*_problems_in(json.loads(data))] if _SUSPICIOUS.search(data) else []
    except ValueError:
        return []


def _reason(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ").rstrip(".")


def unstorable(value: Any) -> list[Problem]:
    """What in a JSON value the database cannot hold, each at its place."""
    return [*_problems_in(value)]


def _problems_in(value: Any) -> Iterator[Problem]:
    waiting = [("", value)]
    while waiting:
        pointer, item = waiting.pop()
        match item:
            case str() if not is_storable(item):
                yield Problem(pointer, _("Text must not hold NUL characters or unpaired surrogates."))
            case int() if abs(item) >= 10**LARGEST_EXPONENT:
                yield Problem(pointer, _("This number is too large."))
            case dict():
                for key, child in item.items():
                    if not is_storable(key):
                        message = _("A name must not hold NUL characters or unpaired surrogates.")
                        yield Problem(pointer, message)
                    else:
                        waiting.append((pointer + "/" + escape(key), child))
            case list():
                waiting += [(f"{pointer}/{index}", child) for index, child in enumerate(item)]


def escape(key: str) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold `text`."""
    return _UNSTORABLE.search(text) is None


def _other(value: object) -> Any:
    if isinstance(value, (str, Promise)):
        return str(value)  # kinds of str, and translations read late
    raise NotImplementedError


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_other)
_sorting_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_other, order="sorted")


def dumps(value: Any) -> bytes:
    """`value` as JSON: decimals as numbers, instants and dates as ISO 8601."""
    return _encoder.encode(value)


def canonical(value: Any) -> bytes:
    """The same bytes for the same value, whatever the order of its names."""
    return _sorting_encoder.encode(value)


def plain(value: Any) -> Any:
    """`value` as what JSON holds, for columns of JSON: decimals become floats, instants become text."""
    return json.loads(dumps(value))
