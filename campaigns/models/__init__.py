"""Messages to lists, one row per person to send to, and what was answered."""

from .automation import Automation, AutomationVersion, DryRun, EventSeen, HookCall, Run, RunLook, StepDone
from .campaign import Campaign, CampaignNote
from .content import Block, CampaignVersion, Image, SavedTemplate
from .experiment import Arm
from .products import BoughtTogether
from .reading import EventReading
from .send import OutboxMessage, Reaction, Send
from .sharing import OptIn, ShareLink
from .suppression import FrequencyCap, SendingPolicy, SuppressedList, Suppression
from .survey import Survey, SurveyResponse, SurveyVersion

__all__ = [
    "Arm",
    "Automation",
    "AutomationVersion",
    "Block",
    "BoughtTogether",
    "Campaign",
    "CampaignNote",
    "CampaignVersion",
    "DryRun",
    "EventReading",
    "EventSeen",
    "FrequencyCap",
    "HookCall",
    "Image",
    "OptIn",
    "OutboxMessage",
    "Reaction",
    "Run",
    "RunLook",
    "SavedTemplate",
    "Send",
    "SendingPolicy",
    "ShareLink",
    "StepDone",
    "SuppressedList",
    "Suppression",
    "Survey",
    "SurveyResponse",
    "SurveyVersion",
]
