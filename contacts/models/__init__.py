"""Who we know, and what they did."""

from .attribute import AttributeDefinition, AttributeHistory, CompanyHistory
from .bulk import BulkTouch
from .change import ContactChange
from .company import Company
from .consent import Consent, ConsentHistory
from .contact import Contact
from .counted import AttributeCount, ConsentCount, EventDay, EventPart, EventTypeCount
from .event import Event, EventMessage, EventType
from .imports import ContactImport, ImportAnswer, ImportProblem, ImportTouch, UndoProblem
from .lifetime import LifetimeFit
from .merging import Alias, Duplicate, DuplicateScan, Merge, MergedEvent
from .note import Note
from .retyping import RetypedValue, Retyping
from .saved import OfTable, SavedFilter, SavedView, TableHabit
from .task import Task
from .topic import ConsentChannel, ConsentTopic
from .worth import Activity, Worth, WorthSettings

__all__ = [
    "Activity",
    "Alias",
    "AttributeCount",
    "AttributeDefinition",
    "AttributeHistory",
    "BulkTouch",
    "Company",
    "CompanyHistory",
    "Consent",
    "ConsentChannel",
    "ConsentCount",
    "ConsentHistory",
    "ConsentTopic",
    "Contact",
    "ContactChange",
    "ContactImport",
    "Duplicate",
    "DuplicateScan",
    "Event",
    "EventDay",
    "EventMessage",
    "EventPart",
    "EventType",
    "EventTypeCount",
    "ImportAnswer",
    "ImportProblem",
    "ImportTouch",
    "LifetimeFit",
    "Merge",
    "MergedEvent",
    "Note",
    "OfTable",
    "RetypedValue",
    "Retyping",
    "SavedFilter",
    "SavedView",
    "TableHabit",
    "Task",
    "UndoProblem",
    "Worth",
    "WorthSettings",
]
