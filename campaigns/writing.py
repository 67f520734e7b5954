"""Keeping what people write while they write it: as much as is usable, with every problem of the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from . import draft, services
from .models import Campaign


def written(campaign: Campaign) -> list[str]:
    """What the writing page shows of a campaign, for `crmseg.web.locking`: alike whatever the order of its keys."""
    return [json.dumps(getattr(campaign, key), sort_keys=True, default=str) for key in draft.READERS]


def keep(campaign_id: int, *, data: Mapping[str, Any], actor: Actor) -> list[Problem]:
    """Save every field that can be saved; return the problems of those that cannot, which stay as they were."""
    remaining, found = dict(data), list[Problem]()
    while True:
        try:
            services.update_campaign(campaign_id, data=remaining, actor=actor)
        except InvalidInput as error:
            wrong = {problem.pointer.split("/")[1] for problem in error.problems if "/" in problem.pointer}
            found += error.problems
            if not wrong & set(remaining):
                raise
            remaining = {key: value for key, value in remaining.items() if key not in wrong}
        else:
            return found


def add_language(campaign_id: int, *, language: str, actor: Actor) -> Campaign:
    """Begin a translation with the words there are: whoever translates overwrites them one by one."""
    campaign = Campaign.objects.get(pk=campaign_id)
    words = {key: getattr(campaign, key) for key in draft.WORDS if getattr(campaign, key)}
    known = {language: words} | campaign.translations
    return services.update_campaign(campaign_id, data={"translations": known}, actor=actor)


def remove_language(campaign_id: int, *, language: str, actor: Actor) -> Campaign:
    known = Campaign.objects.get(pk=campaign_id).translations
    left = {key: words for key, words in known.items() if key != language}
    return services.update_campaign(campaign_id, data={"translations": left}, actor=actor)


def name_for_nameless() -> str:
    return _("Campaign of %(day)s") % {"day": clock.now().date().isoformat()}
