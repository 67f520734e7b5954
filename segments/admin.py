"""Lists for operators. What decides who is in them is only to look at: it changes through the room's services."""

from django.contrib import admin

from crmseg.common.admin_base import KeptAdmin, register_watched

from .models import Segment


@admin.register(Segment)
class SegmentAdmin(KeptAdmin):
    list_display = ["id", "name", "kind", "state", "size", "version", "live_version"]
    list_filter = ["kind", "state"]
    search_fields = ["name"]
    described = (
        "description",
        "goal",
        "target_metric",
        "persona",
        "note_marketing",
        "note_sales",
        "note_service",
        "owner",
        "review_on",
    )

    def get_readonly_fields(self, request: object, obj: object = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name not in self.described]


register_watched("segments")
