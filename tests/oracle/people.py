"""Colleagues, consent, addresses, and the bucket that somebody falls into."""

from __future__ import annotations

import hashlib

from . import tree
from .folding import fold
from .world import Definition, Moment

ADDRESSES = {"email": "email", "sms": "phone", "phone": "phone", "whatsapp": "phone"}


def colleagues(node: Definition, moment: Moment) -> bool:
    """Others of the same company. Of nobody, none hold, and `all` does not."""
    world, who = moment.world, node["colleagues"]
    company = world.company_of.get(moment.contact)
    others = [
        other
        for other in world.contacts
        if other != moment.contact and company is not None and world.company_of.get(other) == company
    ]
    true = sum(tree.holds(node["of"], Moment(world, other, moment.now)) for other in others)
    match who:
        case "any":
            return true > 0
        case "none":
            return true == 0
        case "all":
            return bool(others) and true == len(others)
        case {"at_least": n}:
            return bool(true >= n)
        case int():
            return true >= who
    raise NotImplementedError(who)


def consented(node: Definition, moment: Moment) -> bool:
    found = moment.world.consents.get((moment.contact, node["consent"], node.get("topic", "")), "never")
    return bool(found == node.get("op", "subscribed"))


def reachable(node: Definition, moment: Moment) -> bool:
    """Has an address that is not suppressed, and agreed to be written to there."""
    channel = node["reachable"]
    address = moment.world.contacts[moment.contact].get(ADDRESSES[channel])
    if not address or moment.world.consents.get((moment.contact, channel, "")) != "subscribed":
        return False
    suppressed = {fold(one) for where, one in moment.world.suppressed if where == channel}
    domain = "@" + fold(address).rpartition("@")[2]
    return fold(address) not in suppressed and (channel != "email" or domain not in suppressed)


def in_bucket(node: Definition, moment: Moment) -> bool:
    low, high = node["bucket"]
    digits = hashlib.md5(f"{node.get('salt', '')}:{moment.contact}".encode()).hexdigest()[:15]
    return bool(low <= int(digits, 16) % node["of"] <= high)
