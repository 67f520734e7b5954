"""Questions about lists and consents: what may be asked of them, without a value of their own to compare."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .base import Operator, Takes, register


class _Subject(Operator):
    types: ClassVar[frozenset[FieldType]] = frozenset()


@register
class In(_Subject):
    key, label = "in", _("is in the list")
    takes = Takes.NOTHING
    lists = True


@register
class NotIn(_Subject):
    key, label = "not_in", _("is not in the list")
    takes = Takes.NOTHING
    lists = True


@register
class JoinedIn(_Subject):
    """Entered the list at some time in the window."""

    key, label = "joined_in", _("joined the list")
    takes = Takes.WINDOW
    lists = True


@register
class LeftIn(_Subject):
    """Left the list at some time in the window."""

    key, label = "left_in", _("left the list")
    takes = Takes.WINDOW
    lists = True


@register
class MemberFor(_Subject):
    """Is in the list, without a break, for so long."""

    key, label = "member_for", _("has been in the list for")
    takes = Takes.SPAN
    lists = True


@register
class WasIn(_Subject):
    """Was in the list at an instant, by the ledger."""

    key, label = "was_in", _("was in the list on")
    lists = True


@register
class Subscribed(_Subject):
    key, label = "subscribed", _("is subscribed")
    takes = Takes.NOTHING
    consents = True


@register
class Unsubscribed(_Subject):
    key, label = "unsubscribed", _("is unsubscribed")
    takes = Takes.NOTHING
    consents = True


@register
class Never(_Subject):
    """Nobody ever asked, or no answer came."""

    key, label = "never", _("was never asked")
    takes = Takes.NOTHING
    consents = True
