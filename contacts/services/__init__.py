"""Every write of this room: small verbs that own their transaction, name their actor, and raise InvalidInput."""

from .attributes import create_attribute, delete_attribute, update_attribute
from .batch import BatchResult, upsert_contacts
from .companies import create_company, delete_companies, update_company
from .company_merging import merge_companies
from .consents import set_consent
from .contacts import create_contact, delete_contacts, update_contact
from .events import EventBatchResult, delete_event_type, describe_event_type, record_events
from .merging import (
    UNDO_WITHIN,
    Unmerged,
    forget_old_merges,
    merge_contacts,
    undoable_merge,
    unmerge_contacts,
)
from .notes import add_note, delete_note, edit_note
from .retyping import forget_old_retypings, retype_attribute, undo_retyping
from .tasks import complete_task, create_task, delete_task, read_task, reopen_task, update_task
from .topics import (
    change_channel,
    change_topic,
    declare_channel,
    declare_topic,
    withdraw_channel,
    withdraw_topic,
)

__all__ = [
    "UNDO_WITHIN",
    "BatchResult",
    "EventBatchResult",
    "Unmerged",
    "add_note",
    "change_channel",
    "change_topic",
    "complete_task",
    "create_attribute",
    "create_company",
    "create_contact",
    "create_task",
    "declare_channel",
    "declare_topic",
    "delete_attribute",
    "delete_companies",
    "delete_contacts",
    "delete_event_type",
    "delete_note",
    "delete_task",
    "describe_event_type",
    "edit_note",
    "forget_old_merges",
    "forget_old_retypings",
    "merge_companies",
    "merge_contacts",
    "read_task",
    "record_events",
    "reopen_task",
    "retype_attribute",
    "set_consent",
    "undo_retyping",
    "undoable_merge",
    "unmerge_contacts",
    "update_attribute",
    "update_company",
    "update_contact",
    "update_task",
    "upsert_contacts",
    "withdraw_channel",
    "withdraw_topic",
]
