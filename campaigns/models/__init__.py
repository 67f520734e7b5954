"""Messages to lists, one row per person to send to, and what was answered."""

from .campaign import Campaign, CampaignNote
from .send import OutboxMessage, Send
from .suppression import Suppression

__all__ = ["Campaign", "CampaignNote", "OutboxMessage", "Send", "Suppression"]
