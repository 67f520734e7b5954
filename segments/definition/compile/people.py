"""Conditions on what a contact agreed to, on the company it keeps, and on chance."""

from __future__ import annotations

from collections.abc import Callable

from ..channels import ADDRESSES
from ..nodes import Bucket, Colleagues, Consented, Node, Reachable
from ..sql import Params

Condition = Callable[[Node], str]
MAILBOXES = frozenset(channel for channel, field in ADDRESSES.items() if field == "email")
_suppressions: list[str] = []


def suppress_by(table: str) -> None:
    """Have the addresses in `table` (columns channel and address) count as unreachable; `@domain` is all of it."""
    if table not in _suppressions:
        _suppressions.append(table)


def consented(node: Consented, params: Params) -> str:
    """Whether the contact `c` gave that answer; without an answer it was never asked."""
    channel, topic = params.add(node.channel, "text"), params.add(node.topic, "text")
    asked = (
        f"SELECT FROM contacts_consent AS k WHERE k.contact_id = c.id AND k.channel = {channel} AND k.topic = {topic}"
    )
    if node.operator.key == "never":
        return f"NOT EXISTS ({asked} AND k.status <> 'never')"
    return f"EXISTS ({asked} AND k.status = {params.add(node.operator.key, 'text')})"


def reachable(node: Reachable, params: Params) -> str:
    """Whether the contact `c` has an address for the channel, subscribed to it, and is not suppressed."""
    address = f"btrim(COALESCE(c.\"{ADDRESSES[node.channel]}\", ''))"
    channel = params.add(node.channel, "text")
    subscribed = (
        f"EXISTS (SELECT FROM contacts_consent AS k WHERE k.contact_id = c.id AND k.channel = {channel}"
        " AND k.topic = '' AND k.status = 'subscribed')"
    )
    suppressible = [f"lower({address})"]
    if node.channel in MAILBOXES:
        suppressible.append(f"'@' || lower(split_part({address}, '@', -1))")
    free = [
        f"NOT EXISTS (SELECT FROM {table} AS s WHERE s.channel = {channel} AND lower(s.address) = {one})"
        for table in _suppressions
        for one in suppressible
    ]
    conditions = " AND ".join([f"{address} <> ''", subscribed, *free])
    return f"({conditions})"


OTHERS = """
    FROM (SELECT c.id AS own_id, c.company_id AS own_company) AS own
    JOIN contacts_contact AS c ON c.company_id = own.own_company AND c.id <> own.own_id
    LEFT JOIN contacts_company AS co ON co.id = c.company_id
"""


def colleagues(node: Colleagues, condition: Condition) -> str:
    """Whether so many others of the company of the contact `c` satisfy the inner condition."""
    inner = condition(node.child)
    match node.quantity:
        case "any":
            return f"EXISTS (SELECT {OTHERS} WHERE {inner})"
        case "none":
            return f"(NOT EXISTS (SELECT {OTHERS} WHERE {inner}))"
        case "all":
            return f"(EXISTS (SELECT {OTHERS}) AND NOT EXISTS (SELECT {OTHERS} WHERE NOT {inner}))"
        case n:
            return f"((SELECT count(*) FROM (SELECT {OTHERS} WHERE {inner} LIMIT {n}) AS enough) >= {n})"


def colleague_flips(moments: list[str]) -> list[str]:
    """The next of `moments`, each of one contact `c`, over the others of the company."""
    if not moments:
        return []
    moment = moments[0] if len(moments) == 1 else f"LEAST({', '.join(moments)})"
    return [f"(SELECT min({moment}) {OTHERS})"]


def bucket(node: Bucket, params: Params) -> str:
    """Whether the contact's number lies in the range."""
    low, high = params.add(node.low, "bigint"), params.add(node.high, "bigint")
    return f"({bucket_number(node, params)} BETWEEN {low} AND {high})"


def bucket_number(node: Bucket, params: Params) -> str:
    """The number of the contact `c`: the first 15 hex digits of md5(salt:id), modulo `of`."""
    drawn = f"md5({params.add(f'{node.salt}:', 'text')} || c.id::text)"
    return f"('x' || substr({drawn}, 1, 15))::bit(60)::bigint %% {params.add(node.of, 'bigint')}"
