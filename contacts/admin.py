"""Contacts, companies and what they did, for operators. Histories and the change log are only to look at."""

from django.contrib import admin

from crmseg.common.admin_base import TableAdmin, register_watched

from .models import Company, Consent, Contact, EventType


@admin.register(Contact)
class ContactAdmin(TableAdmin):
    list_display = ["id", "email", "first_name", "last_name", "external_id", "lifecycle_stage", "company", "created_at"]
    search_fields = ["=external_id", "email", "first_name", "last_name"]
    list_filter = ["lifecycle_stage"]


@admin.register(Company)
class CompanyAdmin(TableAdmin):
    list_display = ["id", "name", "domain", "industry", "employees", "country"]
    search_fields = ["name", "domain"]


@admin.register(Consent)
class ConsentAdmin(TableAdmin):
    list_display = ["id", "contact", "channel", "topic", "status", "changed_at"]
    list_filter = ["channel", "status"]


@admin.register(EventType)
class EventTypeAdmin(TableAdmin):
    list_display = ["id", "name", "description", "created_at"]
    search_fields = ["name"]


register_watched("contacts")
