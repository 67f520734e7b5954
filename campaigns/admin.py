"""Campaigns for operators, only to look at; suppressed addresses may be added and taken away."""

from django.contrib import admin

from crmseg.common.admin_base import TableAdmin, register_watched

from .models import Suppression


@admin.register(Suppression)
class SuppressionAdmin(TableAdmin):
    list_display = ["address", "channel", "reason", "created_at"]
    list_filter = ["channel", "reason"]
    search_fields = ["address"]


register_watched("campaigns")
