"""Who we know, and what they did."""

from .attribute import AttributeDefinition, AttributeHistory
from .change import ContactChange
from .company import Company
from .consent import Consent, ConsentHistory
from .contact import Contact
from .event import Event, EventMessage, EventType
from .imports import ContactImport, ImportProblem

__all__ = [
    "AttributeDefinition",
    "AttributeHistory",
    "Company",
    "Consent",
    "ConsentHistory",
    "Contact",
    "ContactChange",
    "ContactImport",
    "Event",
    "EventMessage",
    "EventType",
    "ImportProblem",
]
