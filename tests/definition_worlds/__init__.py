"""Random worlds, and random definitions about them: every node and operator, with values of the world it asks.

Everything follows from one `random.Random`, so a seed makes the same world and the same questions again. Instants and
days are drawn from a few, each a microsecond, an hour or a day from where some window ends, so that windows are cut
where they bite.
"""

from .asker import Asker
from .disturbing import Disturbance
from .maker import Maker, attributes, stored_amount
from .names import names_of
from .reading import read_world
from .words import EVENTS, PEOPLE, TICK, WALLS, ZONES, instant

__all__ = [
    "EVENTS",
    "PEOPLE",
    "TICK",
    "WALLS",
    "ZONES",
    "Asker",
    "Disturbance",
    "Maker",
    "attributes",
    "instant",
    "names_of",
    "read_world",
    "stored_amount",
]
