"""The forms beside the picture: what makes people enter, what each step does, and the rules of the whole."""

from .offered import events, owner_names
from .open import OpenForm
from .rules import RulesForm
from .steps import BLANKS, STEP_FORMS
from .trigger import TriggerForm

__all__ = ["BLANKS", "STEP_FORMS", "OpenForm", "RulesForm", "TriggerForm", "events", "owner_names"]
