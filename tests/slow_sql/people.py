"""Colleagues, consent, addresses and buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import tree
from .question import Question, text

Node = Mapping[str, Any]


def colleagues(node: Node, ask: Question) -> str:
    """Inside, `c` and `co` are the colleague and the company; whose colleague it is stands in `own`."""
    who = node["colleagues"]
    others = f"""
        SELECT count(*) FILTER (WHERE {tree.condition(node["of"], ask)}) AS holding, count(*) AS everyone
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE c.company_id = own.company AND c.id <> own.id"""
    quantity = {
        "any": "holding > 0",
        "none": "holding = 0",
        "all": "everyone > 0 AND holding = everyone",
    }
    asked = quantity[who] if isinstance(who, str) else f"holding >= {who['at_least'] if isinstance(who, dict) else who}"
    return f"""EXISTS (SELECT FROM (SELECT c.id AS id, c.company_id AS company) AS own, LATERAL ({others}) AS counted
        WHERE {asked})"""


def consent(node: Node) -> str:
    status = f"""SELECT a.status FROM contacts_consent AS a
        WHERE a.contact_id = c.id AND a.channel = {text(node["consent"])} AND a.topic = {text(node.get("topic", ""))}"""
    return f"(COALESCE(({status}), 'never') = {text(node.get('op', 'subscribed'))})"


def reachable(node: Node) -> str:
    channel = node["reachable"]
    address = "c.email" if channel == "email" else "c.phone"
    return f"""(COALESCE({address}, '') <> ''
        AND {consent({"consent": channel})}
        AND NOT EXISTS (SELECT FROM campaigns_suppression AS s
             WHERE s.channel = {text(channel)}
               AND (lower(s.address) = lower({address})
                    OR s.channel = 'email' AND left(s.address, 1) = '@'
                       AND right(lower({address}), length(s.address)) = lower(s.address))))"""


def bucket(node: Node) -> str:
    """The first 15 hexadecimal digits of the hash, digit by digit."""
    low, high = node["bucket"]
    digits = f"md5(convert_to({text(node.get('salt', '') + ':')} || c.id::text, 'UTF8'))"
    digit = f"(strpos('0123456789abcdef', substr({digits}, place, 1)) - 1)"
    number = f"(SELECT sum({digit} * power(16::numeric, 15 - place)) FROM generate_series(1, 15) AS place)"
    return f"(mod({number}, {node['of']}) BETWEEN {low} AND {high})"
