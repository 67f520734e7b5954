"""The channels on which people can be reached, and which attribute holds the address, as contacts know them."""

from __future__ import annotations

from contacts.channels import ADDRESSES

__all__ = ["ADDRESSES"]
