from django.contrib import admin
from django.http import HttpRequest

from .models import SampleLoad


@admin.register(SampleLoad)
class SampleLoadAdmin(admin.ModelAdmin):
    """To look at: the row belongs to the loader."""

    list_display = ("today", "part", "position", "started_at", "finished_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SampleLoad | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SampleLoad | None = None) -> bool:
        return False
