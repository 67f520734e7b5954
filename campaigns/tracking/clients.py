"""Who asked: a person's program, or a program by itself, and which program on which device it was.

By itself a program asks when it is
* Apple's mail privacy, which fetches every picture soon after delivery, whether or not anybody reads: it calls itself
  `Mozilla/5.0` and nothing more, or asks from Apple's own network;
* Gmail's picture proxy within seconds of the delivery (later it asks because somebody opened the message);
* a scanner of links that says so, or says nothing of itself;
* asking only for the headers, or saying that it looks ahead (`Purpose: prefetch`).
A tool that a person drives (curl, a browser without a window) is no scanner: whoever tries a link sees that it was
followed. A scanner that calls itself a browser or a tool looks like a person; nobody can tell from one request.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

PREFETCH = timedelta(seconds=10)
LONGEST = 500
APPLE = ipaddress.ip_network("17.0.0.0/8")
PHONE, TABLET, DESKTOP = "phone", "tablet", "desktop"
_APPLE_PROXY = re.compile(r"Mozilla/5\.0\s*")
_PROXIES = {
    "googleimageproxy": "Gmail",
    "yahoomailproxy": "Yahoo Mail",
    "microsoft outlook": "Outlook",
    "ms-office": "Outlook",
    "thunderbird": "Thunderbird",
}
_SCANNERS = re.compile(
    r"bot\b|bot/|crawl|spider|scan|preview|slurp|monitor|barracuda|proofpoint|mimecast|symantec|trend ?micro|sophos|"
    r"ironport|safelinks|bitdefender|fortinet|messagelabs|forcepoint|zscaler|urldefense|virustotal|facebookexternalhit|"
    r"whatsapp",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Seen:
    """`client` and `device` are empty where nobody can say."""

    client: str
    device: str
    is_machine: bool


def look(headers: Mapping[str, str], *, method: str, address: str, after: timedelta | None) -> Seen:
    """`after`: how long after the message was handed over it was asked."""
    agent = headers.get("User-Agent", "").strip()[:LONGEST]
    purpose = (headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Purpose") or "").lower()
    client, device = name(agent)
    early = after is not None and after < PREFETCH
    machine = (
        method == "HEAD"
        or "prefetch" in purpose
        or "preview" in purpose
        or is_program(agent)
        or _is_apples(address)
        or (early and "googleimageproxy" in agent.lower())
    )
    return Seen(client, device, machine)


def is_program(agent: str) -> bool:
    """Whether who calls itself so is no person's program."""
    return not agent or _APPLE_PROXY.fullmatch(agent) is not None or _SCANNERS.search(agent) is not None


@lru_cache(maxsize=4_096)
def name(agent: str) -> tuple[str, str]:
    """The program and the kind of device: phone, tablet or desktop."""
    if not agent:
        return "", ""
    if _APPLE_PROXY.fullmatch(agent):
        return "Apple Mail", ""
    known = next((said for sign, said in _PROXIES.items() if sign in agent.lower()), "")
    if known in {"Gmail", "Yahoo Mail"}:
        return known, ""
    from ua_parser import parse  # its patterns take a moment to compile, and only those who are asked need them

    found = parse(agent)
    system = found.os.family if found.os else ""
    if not known and found.user_agent:
        known = found.user_agent.family
    if not known and system in {"iOS", "Mac OS X"} and "AppleWebKit" in agent:
        known = "Apple Mail"
    return known, _device(system, agent)


def _device(system: str, agent: str) -> str:
    if "iPad" in agent or (system == "Android" and "Mobile" not in agent):
        return TABLET
    if system in {"iOS", "Android", "Windows Phone"} or "Mobile" in agent:
        return PHONE
    return DESKTOP if system and system != "Other" else ""


def _is_apples(address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in APPLE
    except ValueError:
        return False
