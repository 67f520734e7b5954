"""The builder's form, read back into a definition, and what its buttons do to it.

One language is written at a time: what is said in the others stays. Names of fields are `q.KEY.text`,
`q.KEY.o.OPTION.text`, `q.KEY.if.question`; `q` and `q.KEY.o` hold the order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from django.http import QueryDict

from . import services
from .schema import CHOICES, KEY, NUMBERS, OPS, RANGES, Form, Kind, Question, ops_of

Definition = dict[str, Any]


def read(given: QueryDict, before: Form, definition: Mapping[str, Any]) -> Definition:
    """What the page says, put over the definition that it was drawn from. Never raises: `loading` judges it."""
    language = given.get("language", "")
    language = language if language in before.languages else before.main
    made: Definition = deepcopy(dict(definition))
    wanted = [code for code in given.getlist("languages") if code]
    if wanted:
        main = before.main
        made["languages"] = [main, *(code for code in wanted if code != main)]
    for key in ("title", "intro", "thanks"):
        if key in given:
            made[key] = _say(made.get(key), language, given[key])
    old = {one.get("key"): one for one in made.get("questions", [])}
    order = [key for key in dict.fromkeys(given.getlist("q")) if key in old]
    made["questions"] = [_question(given, f"q.{key}", old[key], before.question(key), language) for key in order]
    _rename(made, {key: given.get(f"q.{key}.key", key) for key in order})
    if "follow.shown" in given:
        made["follow_up"] = _follow_up(given) if given.get("follow.if.question") else None
    return made


def _say(text: Any, language: str, said: object) -> dict[str, str]:
    kept = {**(text or {}), language: str(said).strip()}
    return {code: one for code, one in kept.items() if one}


def _question(
    given: QueryDict, at: str, old: Mapping[str, Any], known: Question | None, language: str
) -> dict[str, Any]:
    one = dict(old)
    for key in ("text", "help", "low", "high"):
        if f"{at}.{key}" in given:
            one[key] = _say(one.get(key), language, given[f"{at}.{key}"])
    kind = given.get(f"{at}.kind", one.get("kind"))
    one["kind"] = kind
    one["required"] = f"{at}.required" in given
    if f"{at}.attribute" in given:
        one["attribute"] = str(given[f"{at}.attribute"]).strip()
    if kind == Kind.SCALE:
        one["from"], one["to"] = (_whole(given.get(f"{at}.{key}"), one.get(key, at_first)) for key, at_first in _ENDS)
    else:
        one.pop("from", None)
        one.pop("to", None)
    if kind in CHOICES:
        kept = {option.get("key"): option for option in one.get("options") or []}
        one["options"] = [
            {"key": key, "text": _say(kept[key].get("text"), language, given.get(f"{at}.o.{key}.text", ""))}
            for key in dict.fromkeys(given.getlist(f"{at}.o"))
            if key in kept
        ]
    else:
        one.pop("options", None)
    if kind == Kind.EMAIL and f"{at}.consent" in given:
        before = (one.get("consent") or {}).get("text")
        said = _say(before, language, given[f"{at}.consent"])
        one["consent"] = {"topic": given.get(f"{at}.topic", ""), "text": said} if said else None
    elif kind != Kind.EMAIL:
        one.pop("consent", None)
    if f"{at}.if.question" in given:
        one["if"] = _condition(given, f"{at}.if")
    return one


_ENDS = (("from", 1), ("to", 5))


def _condition(given: QueryDict, at: str) -> dict[str, Any] | None:
    """As it was drawn: of another question than before, only the question is known."""
    question = given.get(f"{at}.question", "")
    if not question:
        return None
    op = given.get(f"{at}.op", "")
    made: dict[str, Any] = {"question": question, "op": op}
    if op in OPS["choice"]:
        made["value"] = [one for one in given.getlist(f"{at}.value") if one]
    elif op in OPS["number"]:
        made["value"] = _whole(given.get(f"{at}.value"), 0)
    return made


def _follow_up(given: QueryDict) -> dict[str, Any]:
    owner = given.get("follow.owner", "")
    return {
        "if": _condition(given, "follow.if"),
        "owner": int(owner) if owner.isdecimal() and len(owner) < 10 else None,
        "days": _whole(given.get("follow.days"), 2),
        "title": given.get("follow.title", ""),
    }


def _whole(said: str | None, otherwise: Any) -> Any:
    plain = (said or "").strip()
    return int(plain) if plain.lstrip("-").isdecimal() and plain.isascii() and len(plain) < 6 else otherwise


def _rename(made: Definition, names: Mapping[str, str]) -> None:
    """Questions under new keys, and whatever asks them."""
    for one in made["questions"]:
        new = names.get(one["key"], "").strip()
        if KEY.fullmatch(new) and new not in {other["key"] for other in made["questions"]}:
            for other in made["questions"]:
                if (other.get("if") or {}).get("question") == one["key"]:
                    other["if"]["question"] = new
            if ((made.get("follow_up") or {}).get("if") or {}).get("question") == one["key"]:
                made["follow_up"]["if"]["question"] = new
            one["key"] = new


def mended(made: Definition) -> Definition:
    """Conditions brought to what the question that they ask can be asked: the first that fits, where they do not."""
    before: dict[str, dict[str, Any]] = {}
    for one in made["questions"]:
        one["if"] = _fitting(one.get("if"), before)
        before[one["key"]] = one
    if made.get("follow_up"):
        fitting = _fitting(made["follow_up"].get("if"), before)
        made["follow_up"] = made["follow_up"] | {"if": fitting} if fitting else None
    return made


def _fitting(condition: Any, before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    asked = before.get((condition or {}).get("question", ""))
    if asked is None or asked.get("kind") not in set(Kind):
        return None
    kind = Kind(asked["kind"])
    ops = ops_of(Question("q", kind, {}))
    op = condition.get("op")
    if op not in ops:
        op = {True: "lte"}.get(kind in NUMBERS, ops[0])
    made: dict[str, Any] = {"question": asked["key"], "op": op}
    if op in OPS["number"]:
        first, last = RANGES.get(kind, (asked.get("from", 1), asked.get("to", 5)))
        value = condition.get("value")
        is_fine = isinstance(value, int) and first <= value <= last
        made["value"] = value if is_fine else (6 if kind is Kind.NPS else first)
    elif op in OPS["choice"]:
        known = [option["key"] for option in asked.get("options") or []]
        value = condition.get("value")
        made["value"] = [key for key in (value if isinstance(value, list) else []) if key in known]
    return made


def act(made: Definition, do: str, language: str) -> str:
    """Do what a button says; the key of the question to look at then. An unknown button does nothing."""
    name, _colon, rest = do.partition(":")
    action = _ACTIONS.get(name)
    return action(made, rest, language) if action else ""


def _add(made: Definition, kind: str, language: str) -> str:
    if kind not in set(Kind):
        return ""
    key = _free({one["key"] for one in made["questions"]}, {"nps": "score", "csat": "satisfaction"}.get(kind, kind))
    one: dict[str, Any] = {"key": key, "kind": kind, "text": {}, "required": kind in {Kind.NPS, Kind.CSAT, Kind.EMAIL}}
    if kind in CHOICES:
        one["options"] = [{"key": "option_1", "text": {}}, {"key": "option_2", "text": {}}]
    made["questions"].append(one)
    return key


def _move(by: int) -> Callable[[Definition, str, str], str]:
    def move(made: Definition, key: str, language: str) -> str:
        asked = made["questions"]
        at = next((index for index, one in enumerate(asked) if one["key"] == key), None)
        if at is not None and 0 <= at + by < len(asked):
            asked[at], asked[at + by] = asked[at + by], asked[at]
        return key

    return move


def _delete(made: Definition, key: str, language: str) -> str:
    made["questions"] = [one for one in made["questions"] if one["key"] != key]
    return made["questions"][-1]["key"] if made["questions"] else ""


def _copy(made: Definition, key: str, language: str) -> str:
    for at, one in enumerate(made["questions"]):
        if one["key"] == key:
            new = _free({other["key"] for other in made["questions"]}, key)
            made["questions"].insert(at + 1, deepcopy(one) | {"key": new, "attribute": ""})
            return new
    return ""


def _add_option(made: Definition, key: str, language: str) -> str:
    for one in made["questions"]:
        if one["key"] == key and one["kind"] in CHOICES:
            options = one.setdefault("options", [])
            options.append({"key": _free({option["key"] for option in options}, "option"), "text": {}})
    return key


def _drop_option(made: Definition, rest: str, language: str) -> str:
    key, _colon, option = rest.partition(":")
    for one in made["questions"]:
        if one["key"] == key:
            one["options"] = [kept for kept in one.get("options") or [] if kept["key"] != option]
    return key


_ACTIONS: Mapping[str, Callable[[Definition, str, str], str]] = {
    "add": _add,
    "up": _move(-1),
    "down": _move(1),
    "delete": _delete,
    "copy": _copy,
    "option": _add_option,
    "drop": _drop_option,
}


def _free(taken: set[str], wanted: str) -> str:
    number, key = 1, wanted
    while key in taken:
        number += 1
        key = f"{wanted}_{number}"
    return key


def named_by_words(made: Definition, main: str, fixed: set[str]) -> Definition:
    """Options get keys from their words as long as nobody has seen them: `price` says more than `option_1`."""
    for one in made["questions"]:
        names = {option["key"] for option in one.get("options") or []}
        for option in one.get("options") or []:
            words = (option.get("text") or {}).get(main, "")
            if option["key"].startswith("option") and words and f"{one['key']}.{option['key']}" not in fixed:
                new = _free(names - {option["key"]}, services.slug(words, otherwise="option")[:40].strip("_"))
                names = names - {option["key"]} | {new}
                _follow(made, one["key"], option["key"], new)
                option["key"] = new
    return made


def _follow(made: Definition, question: str, old: str, new: str) -> None:
    """Conditions go on asking for the option."""
    asking = [one.get("if") for one in made["questions"]] + [(made.get("follow_up") or {}).get("if")]
    for condition in asking:
        if condition and condition["question"] == question and isinstance(condition.get("value"), list):
            condition["value"] = [new if key == old else key for key in condition["value"]]
