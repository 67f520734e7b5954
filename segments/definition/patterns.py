"""Regular expressions that cannot run away: a safe subset, read here, and written for the database's own engine.

Allowed are letters and signs, classes, groups, alternatives, `.`, `^` and `$`, `\\d \\w \\s` and their opposites, and
greedy repeats. There are no look-arounds and no references back, which alone make matching slow; and no repeats that
blow up when the database lays them out, which makes reading slow. Case is folded letter by letter, as everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from django.utils.translation import gettext as _

LONGEST = 1_000
MOST_REPEATS = 1_000
"""Of nested repeats, their product."""
_MOST_PLACES = 5_000
"""Letters of the pattern with every repeat written out."""
_MOST_EMPTY = 100
"""Parts that may match nothing, with every repeat written out: the database takes the cube of their number in time."""
_MOST_ANCHORS = 10
_DEEPEST = 50
# The database allows at most 255 in one repeat.
_ONE_REPEAT = 250

Intervals = list[tuple[int, int]]
_LAST = 0x10FFFF
_DIGIT: Intervals = [(48, 57)]
_WORD: Intervals = [(48, 57), (65, 90), (95, 95), (97, 122)]
_SPACE: Intervals = [(9, 13), (32, 32)]
_SIGNS: dict[tuple[int, int | None], str] = {(0, None): "*", (1, None): "+", (0, 1): "?"}
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}
_REPEAT = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")
# Pairs that fold to each other although neither is the other's lower case.
_SIMPLE = {"\ufb05": "\ufb06", "\u1fd3": "\u0390", "\u1fe3": "\u03b0"}
_LAST_WITH_CASE = 0x1F000


class NotAPattern(ValueError):
    """The pattern cannot be used; says why in a sentence."""


@dataclass(frozen=True)
class _Part:
    """A piece in the database's words; how many places it takes, and how many of its parts may match nothing."""

    sql: str
    places: int = 0
    empty: int = 0
    nullable: bool = True
    anchors: int = 0
    repeats: int = 1


@lru_cache(maxsize=256)
def for_database(pattern: str, *, case: bool) -> str:
    """The pattern for PostgreSQL, to be found anywhere in a text; without `case`, in a text that is folded."""
    if len(pattern) > LONGEST:
        raise NotAPattern(_("Expected a pattern of at most 1,000 characters."))
    if not pattern:
        raise NotAPattern(_("The pattern is empty."))
    part = _Reader(pattern, case).whole()
    return f"(?:{part.sql})"


class _Reader:
    def __init__(self, pattern: str, case: bool):
        self.pattern, self.case, self.at, self.depth = pattern, case, 0, 0

    def whole(self) -> _Part:
        part = self.alternatives()
        if self.at < len(self.pattern):
            raise NotAPattern(_("A closing parenthesis has no opening one. Write \\) for the sign."))
        return part

    def alternatives(self) -> _Part:
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        nullable = any(branch.nullable for branch in branches)
        return self.bounded(
            _Part(
                "|".join(branch.sql for branch in branches),
                sum(branch.places for branch in branches),
                sum(branch.empty for branch in branches) + (nullable and len(branches) > 1),
                nullable,
                sum(branch.anchors for branch in branches),
                max(branch.repeats for branch in branches),
            )
        )

    def branch(self) -> _Part:
        pieces: list[_Part] = []
        while self.peek() not in ("", "|", ")"):
            pieces.append(self.piece())
        return _Part(
            "".join(piece.sql for piece in pieces),
            sum(piece.places for piece in pieces),
            sum(piece.empty for piece in pieces),
            all(piece.nullable for piece in pieces),
            sum(piece.anchors for piece in pieces),
            max((piece.repeats for piece in pieces), default=1),
        )

    def piece(self) -> _Part:
        if self.peek() in ("^", "$"):
            sign = self.take()
            if self.repeat() is not None:
                raise NotAPattern(_("“^” and “$” cannot be repeated."))
            return _Part(sign, empty=1, anchors=1)
        atom = self.atom()
        bounds = self.repeat()
        if bounds is None:
            return atom
        if self.repeat() is not None:
            raise NotAPattern(_("A repeat cannot follow a repeat; lazy repeats such as “*?” are not offered."))
        return self.bounded(_repeated(atom, *bounds))

    def atom(self) -> _Part:
        sign = self.take()
        match sign:
            case "(":
                return self.group()
            case "[":
                return self.one_of(*self.listed())
            case ".":
                return self.one_of([(10, 10)], True)
            case "\\":
                found, others = self.escaped()
                return self.one_of(found, others)
            case "*" | "+" | "?":
                raise NotAPattern(_("“%(sign)s” has nothing before it to repeat.") % {"sign": sign})
            case "{":
                raise NotAPattern(_("A “{” begins a repeat such as {2,5}. Write \\{ for the sign."))
        return self.one_of([(ord(sign), ord(sign))], False)

    def group(self) -> _Part:
        if self.peek() == "?":
            if not self.pattern.startswith("?:", self.at):
                raise NotAPattern(_("Only plain groups are offered: ( ) and (?: ), no look-around and no options."))
            self.at += 2
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotAPattern(_("Groups are nested deeper than 50."))
        inner = self.alternatives()
        self.depth -= 1
        if self.take() != ")":
            raise NotAPattern(_("An opening parenthesis is not closed. Write \\( for the sign."))
        return _Part(f"(?:{inner.sql})", inner.places, inner.empty, inner.nullable, inner.anchors, inner.repeats)

    def repeat(self) -> tuple[int, int | None] | None:
        """The least and most times of the repeat that stands here, if one does; None is without end."""
        sign = self.peek()
        if sign in ("*", "+", "?"):
            self.at += 1
            return (1 if sign == "+" else 0), (1 if sign == "?" else None)
        if sign != "{":
            return None
        found = _REPEAT.match(self.pattern, self.at)
        if found is None:
            raise NotAPattern(_("A “{” begins a repeat such as {2,5}. Write \\{ for the sign."))
        self.at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if most is not None and most < least:
            raise NotAPattern(_("A repeat ends below where it begins."))
        return least, most

    def escaped(self) -> tuple[Intervals, bool]:
        """What the sign after a backslash means: characters, and whether all others are meant."""
        sign = self.take()
        if sign.lower() in ("d", "w", "s"):
            return {"d": _DIGIT, "w": _WORD, "s": _SPACE}[sign.lower()], sign.isupper()
        if sign in _CONTROL:
            return [(ord(_CONTROL[sign]),) * 2], False
        if not sign or sign.isalnum():
            said = _("After a backslash only d, w, s, D, W, S, n, t, r or a sign is offered, not “%(sign)s”.")
            raise NotAPattern(said % {"sign": sign})
        return [(ord(sign), ord(sign))], False

    def listed(self) -> tuple[Intervals, bool]:
        """The characters between brackets, and whether all others are meant."""
        others = self.peek() == "^"
        self.at += others
        found: Intervals = []
        while self.peek() != "]":
            low, several = self.member()
            if self.peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high, end = self.member()
                if several or end or high[0][0] < low[0][0]:
                    raise NotAPattern(_("A range in brackets goes from one character to a later one."))
                low = [(low[0][0], high[0][0])]
            found += low
        self.at += 1
        if not found:
            raise NotAPattern(_("Brackets need at least one character. Write \\] for the sign."))
        return found, others

    def member(self) -> tuple[Intervals, bool]:
        """One character between brackets, or several that an escape stands for."""
        sign = self.take()
        if not sign:
            raise NotAPattern(_("An opening bracket is not closed. Write \\[ for the sign."))
        if sign == "[":
            raise NotAPattern(_("Write \\[ for a bracket between brackets."))
        if sign != "\\":
            return [(ord(sign), ord(sign))], False
        found, others = self.escaped()
        alone = len(found) == 1 and found[0][0] == found[0][1]
        return (_others(found) if others else found), others or not alone

    def one_of(self, found: Intervals, others: bool) -> _Part:
        merged = _merged(found if self.case else [*found, *_folded(_merged(found))])
        if not others and len(merged) == 1 and merged[0][0] == merged[0][1]:
            return _Part(_letter(merged[0][0]), 1, nullable=False)
        if not others and not self.case and len(found) == 1 and found[0][0] == found[0][1]:
            return _Part(_letter(ord(fold(chr(found[0][0])))), 1, nullable=False)
        members = "".join(_code(low) if low == high else f"{_code(low)}-{_code(high)}" for low, high in merged)
        return _Part(f"[{'^' if others else ''}{members}]", 1, nullable=False)

    def bounded(self, part: _Part) -> _Part:
        if part.repeats > MOST_REPEATS:
            raise NotAPattern(_("Repeats within repeats come to more than 1,000."))
        if part.places > _MOST_PLACES or part.empty > _MOST_EMPTY or part.anchors > _MOST_ANCHORS:
            raise NotAPattern(_("This pattern is too large once its repeats are written out."))
        return part

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        sign = self.peek()
        self.at += 1
        return sign


def _repeated(atom: _Part, least: int, most: int | None) -> _Part:
    times = max(most or 0, least, 1)
    if atom.anchors and (most is None or most > 1):
        raise NotAPattern(_("“^” and “$” cannot be repeated."))
    if (least, most) in _SIGNS:
        sql = atom.sql + _SIGNS[least, most]
    elif most is None:
        sql = f"(?:{_exactly(atom.sql, least)}{atom.sql}*)"
    elif most <= _ONE_REPEAT:
        sql = f"{atom.sql}{{{least},{most}}}"
    else:
        sql = f"(?:{_exactly(atom.sql, least)}{_at_most(atom.sql, most - least)})"
    nullable = least == 0 or atom.nullable
    return _Part(
        sql,
        atom.places * times,
        atom.empty * times + (least == 0 or most is None),
        nullable,
        atom.anchors,
        atom.repeats * times if times > 1 else atom.repeats,
    )


def _exactly(sql: str, times: int) -> str:
    whole, rest = divmod(times, _ONE_REPEAT)
    return (f"(?:{sql}{{{_ONE_REPEAT}}}){{{whole}}}" if whole else "") + (f"{sql}{{{rest}}}" if rest else "")


def _at_most(sql: str, times: int) -> str:
    whole, rest = divmod(times, _ONE_REPEAT)
    return (f"(?:{sql}{{0,{_ONE_REPEAT}}}){{{whole}}}" if whole else "") + (f"{sql}{{0,{rest}}}" if rest else "")


def _letter(code: int) -> str:
    letter = chr(code)
    return letter if letter.isalnum() or code > 127 else f"\\u{code:04x}"


def _code(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _merged(found: Iterable[tuple[int, int]]) -> Intervals:
    merged: Intervals = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _others(found: Intervals) -> Intervals:
    edges = [0, *(edge for low, high in _merged(found) for edge in (low - 1, high + 1)), _LAST]
    return [(max(low, 1), high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low <= high]


def fold(letter: str) -> str:
    """One letter as the database folds it: into one letter, accents kept; İ is itself alone."""
    if letter in _SIMPLE:
        return _SIMPLE[letter]
    folded = letter.casefold()
    if len(folded) == 1:
        return folded
    lowered = letter.lower()
    return lowered if len(lowered) == 1 and not letter.islower() else letter


@cache
def _changed() -> tuple[list[int], list[int]]:
    """The letters that folding changes, in order, and into what."""
    pairs = [(code, ord(folded)) for code in range(_LAST_WITH_CASE) if (folded := fold(chr(code))) != chr(code)]
    return [code for code, _folded in pairs], [folded for _code, folded in pairs]


def _folded(found: Intervals) -> Intervals:
    """What the letters of these intervals fold into. They themselves are harmless: a folded text has none of them."""
    codes, folds = _changed()
    return [
        (fold, fold) for low, high in found for fold in folds[bisect_left(codes, low) : bisect_left(codes, high + 1)]
    ]
