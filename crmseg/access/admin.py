"""People, keys and the audit log for operators. They sign in like everybody, second factor included."""

import django.contrib.auth.admin  # noqa: F401 – these register what is taken away below
import rest_framework_api_key.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from rest_framework_api_key.models import APIKey

from crmseg.common.admin_base import KeptAdmin, WatchedAdmin, register_watched

from .models import ApiKey, User

admin.site.site_header = admin.site.site_title = "crmseg"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Packages bring these; here people have roles, and keys are our own.
admin.site.unregister([Group, APIKey])


@admin.register(User)
class UserAdmin(KeptAdmin):
    """Roles are changed in the settings, where the last administrator is guarded and the audit log is told."""

    fields = ["email", "name", "language", "role", "is_active", "is_staff", "last_login", "created_at"]
    readonly_fields = ["role", "is_active", "is_staff", "last_login", "created_at"]
    list_display = ["email", "name", "role", "is_active", "last_login"]
    search_fields = ["email", "name"]


@admin.register(ApiKey)
class ApiKeyAdmin(WatchedAdmin):
    exclude = ["id", "hashed_key"]


register_watched("access")
