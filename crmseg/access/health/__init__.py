"""How the system is: facts that an operator reads at three in the morning, each with what to do when it is not well.

Rooms register what they know of their own queues; the machine's part is `machine`.
"""

from .facts import BAD, GOOD, QUIET, WARN, Fact, Group, as_document, gather, register, worst

__all__ = ["BAD", "GOOD", "QUIET", "WARN", "Fact", "Group", "as_document", "gather", "register", "worst"]
