"""The channels on which people can be reached, and which attribute holds the address."""

from __future__ import annotations

ADDRESSES = {"email": "email", "sms": "phone", "phone": "phone", "whatsapp": "phone"}
