"""The template library `contact`."""

from __future__ import annotations

from django import template

from .. import stages

register = template.Library()
register.filter("stage_name", stages.name_of)
