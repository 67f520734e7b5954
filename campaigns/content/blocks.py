"""Pieces that many messages share: `{% block "Footer" %}` becomes the piece's own MJML or HTML when a message is made.

A change of a block changes every message not sent yet. A block holds no other block, so that nothing goes in circles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from ..models import Arm, Block, Campaign
from . import liquid, mjml, safety

MAX_BODY = 100_000
_USE = re.compile(r"\{%-?\s*block\s+(?:\"([^\"]*)\"|'([^']*)'|&quot;(.*?)&quot;)\s*-?%\}")
_MJML = re.compile(r"<\s*mj-", re.IGNORECASE)


def names_in(*sources: str) -> set[str]:
    return {_name(found) for source in sources for found in _USE.finditer(source)}


def bodies(names: Iterable[str]) -> dict[str, str]:
    wanted = list(names)
    return dict(Block.objects.filter(name__in=wanted).values_list("name", "body_mjml")) if wanted else {}


def expand(source: str, known: dict[str, str], *, kind: str) -> str:
    """The source with every block in its place, or TemplateError. `kind`: mjml, html or text."""

    def put(found: re.Match[str]) -> str:
        name = _name(found)
        if name not in known:
            raise liquid.TemplateError(_("There is no block “%(name)s”.") % {"name": name})
        if kind == "text" or (kind == "html" and _MJML.search(known[name])):
            message = _("The block “%(name)s” can only stand in a message written in MJML.")
            raise liquid.TemplateError(message % {"name": name})
        return known[name]

    return _USE.sub(put, source)


def used_by(name: str) -> QuerySet[Campaign]:
    """Campaigns whose words name the block, sent ones too."""
    quoted = [f'block "{name}"', f"block '{name}'"]
    using = Q()
    for text in quoted:
        using |= Q(body_mjml__contains=text) | Q(body_html__contains=text)
        using |= Q(
            pk__in=Arm.objects.filter(Q(body_mjml__contains=text) | Q(body_html__contains=text)).values("campaign")
        )
        using |= Q(translations__icontains=text.replace('"', '\\"'))
    return Campaign.objects.filter(using)


@transaction.atomic
def save_block(block_id: int | None, *, name: object, body_mjml: object, actor: Actor) -> Block:
    """A new block, or a change of one. Another name leaves the messages that use the old one without it: refused."""
    block = Block.objects.select_for_update().get(pk=block_id) if block_id else Block()
    clean_name, body = _checked(name, body_mjml)
    if block.pk and clean_name != block.name:
        _refuse_if_used(block)
    before = {"name": block.name, "body_mjml": block.body_mjml}
    changes = {key: value for key, value in (("name", clean_name), ("body_mjml", body)) if before[key] != value}
    if block.pk and not changes:
        return block
    block.name, block.body_mjml, block.updated_by = clean_name, body, str(actor)
    try:
        with transaction.atomic():
            block.save()
    except IntegrityError:
        raise Conflict([Problem("/name", _("There is a block of this name already."))]) from None
    audit.record(actor, "updated" if block_id else "created", block, changes, before=before if block_id else None)
    return block


@transaction.atomic
def delete_block(block_id: int, *, actor: Actor) -> None:
    block = Block.objects.select_for_update().get(pk=block_id)
    _refuse_if_used(block)
    audit.record(actor, "deleted", block)
    block.delete()


def preview(body: str) -> str:
    """The block by itself, as a whole document."""
    inner = body if _MJML.search(body) else f"<mj-raw>{body}</mj-raw>"
    return mjml.to_html(f"<mjml><mj-body>{inner}</mj-body></mjml>")


def _refuse_if_used(block: Block) -> None:
    open_states = [Campaign.State.DRAFT, Campaign.State.SENDING, Campaign.State.PAUSED]
    using = list(used_by(block.name).filter(state__in=open_states).values_list("name", flat=True)[:5])
    if using:
        message = _("The block is used by: %(campaigns)s.")
        raise Conflict([Problem("/name", message % {"campaigns": ", ".join(using)})])


def _checked(name: object, body: object) -> tuple[str, str]:
    problems = []
    clean = " ".join(name.split()) if isinstance(name, str) and json.is_storable(name) else ""
    if not clean or len(clean) > 100 or re.search(r"[\"'%{}<>&]", clean):
        message = _("Give the block a name of at most 100 characters, without quotes, brackets, & and %.")
        problems.append(Problem("/name", message))
    if not isinstance(body, str) or not body.strip() or not json.is_storable(body):
        problems.append(Problem("/body_mjml", _("Write what the block shows.")))
    elif len(body) > MAX_BODY:
        problems.append(Problem("/body_mjml", _("Use at most %(limit)s characters.") % {"limit": f"{MAX_BODY:,}"}))
    else:
        problems += [Problem("/body_mjml", sentence) for sentence in _faults(body)]
    if problems:
        raise InvalidInput(problems)
    return clean, str(body)


def _faults(body: str) -> list[str]:
    if _USE.search(body):
        return [_("A block cannot hold another block.")]
    found = safety.problems(body)
    try:
        liquid.parse(preview(body), html=True)
    except liquid.TemplateError as error:
        found.append(str(error))
    return found


def _name(found: re.Match[str]) -> str:
    return " ".join((found[1] or found[2] or found[3] or "").split())
