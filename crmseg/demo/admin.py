"""How far the sample data is, to look at: the row belongs to the loader."""

from crmseg.common.admin_base import register_watched

register_watched("demo")
