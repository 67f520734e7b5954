"""Automations: what happens by itself to people who enter a list, leave one, or do something."""
