"""Messages to lists, one row per person to send to, and what was answered."""

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
    "Block",
    "BoughtTogether",
    "Campaign",
    "CampaignNote",
    "CampaignVersion",
    "EventReading",
    "FrequencyCap",
    "Image",
    "OptIn",
    "OutboxMessage",
    "Reaction",
    "SavedTemplate",
    "Send",
    "SendingPolicy",
    "ShareLink",
    "SuppressedList",
    "Suppression",
    "Survey",
    "SurveyResponse",
    "SurveyVersion",
]
