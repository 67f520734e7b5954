"""What a definition means, as slow and obvious SQL, and only for tests: from the JSON to one condition for each node.

Every question is a subquery of its own about the contact `c`; nothing is shared, prepared or narrowed. It shares no
line with `segments`, and none with the oracle.
"""

from .question import Question
from .tree import matching

__all__ = ["Question", "matching"]
