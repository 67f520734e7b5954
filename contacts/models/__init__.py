"""Who we know, and what they did."""

from .attribute import AttributeDefinition, AttributeHistory, CompanyHistory
from .change import ContactChange
from .company import Company
from .consent import Consent, ConsentHistory
from .contact import Contact
from .event import Event, EventMessage, EventType
from .imports import ContactImport, ImportAnswer, ImportProblem, ImportTouch, UndoProblem
from .merging import Alias, Duplicate, DuplicateScan, Merge, MergedEvent

__all__ = [
    "Alias",
    "AttributeDefinition",
    "AttributeHistory",
    "Company",
    "CompanyHistory",
    "Consent",
    "ConsentHistory",
    "Contact",
    "ContactChange",
    "ContactImport",
    "Duplicate",
    "DuplicateScan",
    "Event",
    "EventMessage",
    "EventType",
    "ImportAnswer",
    "ImportProblem",
    "ImportTouch",
    "Merge",
    "MergedEvent",
    "UndoProblem",
]
