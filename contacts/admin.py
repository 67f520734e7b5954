"""Contacts, companies and what they did, for operators. Histories and the change log are only to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from crmseg.common.admin_base import TableAdmin, register_watched

from . import signals
from .models import Company, Consent, Contact, EventType


class RingingAdmin(TableAdmin):
    """Lists look again at once, not only at their next sweep."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        signals.ring()

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        signals.ring()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        signals.ring()


@admin.register(Contact)
class ContactAdmin(RingingAdmin):
    list_display = ["id", "email", "first_name", "last_name", "external_id", "lifecycle_stage", "company", "created_at"]
    search_fields = ["=external_id", "email", "first_name", "last_name"]
    list_filter = ["lifecycle_stage"]


@admin.register(Company)
class CompanyAdmin(RingingAdmin):
    list_display = ["id", "name", "domain", "industry", "employees", "country"]
    search_fields = ["name", "domain"]


@admin.register(Consent)
class ConsentAdmin(RingingAdmin):
    list_display = ["id", "contact", "channel", "topic", "status", "changed_at"]
    list_filter = ["channel", "status"]


@admin.register(EventType)
class EventTypeAdmin(TableAdmin):
    list_display = ["id", "name", "description", "created_at"]
    search_fields = ["name"]


register_watched("contacts")
