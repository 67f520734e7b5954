"""What a definition means, one contact at a time, in plain Python: slow, obvious, and only for tests.

Written from the words of the definition language alone. It takes the JSON as people write it and a `World` of plain
dicts, and shares no line with the code that it judges.
"""

from .calendars import ago, anniversary, later, local_day, midnight, shifted, start_of_unit
from .folding import fold
from .tree import holds, matching, present
from .world import Change, Definition, Event, Moment, World

__all__ = [
    "Change",
    "Definition",
    "Event",
    "Moment",
    "World",
    "ago",
    "anniversary",
    "fold",
    "holds",
    "later",
    "local_day",
    "matching",
    "midnight",
    "present",
    "shifted",
    "start_of_unit",
]
