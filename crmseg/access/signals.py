"""What the rooms may want to know of the account."""

from django.dispatch import Signal

account_changed = Signal()
"""Sent after the commit of a change, with `changes`, the names of the fields that changed."""
