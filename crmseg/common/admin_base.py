"""How operators see tables in the Django admin: quick on large ones, and only to look at unless said otherwise.

What an operator writes goes into histories under the operator's name, keeps unknown values NULL, and cannot hold what
JSON columns refuse.
"""

from __future__ import annotations

import json as plain_json
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.dispatch import Signal
from django.http import HttpRequest

from crmseg.common import json
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import InvalidInput

COLUMNS_SHOWN = 8
operator_acted = Signal()
"""Sent in the transaction of what an operator writes: `actor`, `action`, `obj`, and `changes` by field."""


class StorableJSONField(forms.JSONField):
    """JSON that the database can hold."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value not in self.empty_values:
            try:
                json.loads(value.encode())
            except InvalidInput as error:
                raise forms.ValidationError([problem.message for problem in error.problems]) from error
            return plain_json.loads(value)
        return super().to_python(value)


class TableAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    show_full_result_count = False
    list_per_page = 50
    list_select_related = True
    formfield_overrides = {models.JSONField: {"form_class": StorableJSONField}}

    def __init__(self, model: type[models.Model], site: admin.AdminSite) -> None:
        self.raw_id_fields = [field.name for field in model._meta.fields if field.is_relation]  # type: ignore[misc]
        super().__init__(model, site)

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        for field in obj._meta.concrete_fields:
            if field.null and getattr(obj, field.attname) in ("", []):
                setattr(obj, field.attname, None)
        actor = _operator(request)
        with acting(actor):
            super().save_model(request, obj, form, change)
            changes = {name: form.cleaned_data.get(name) for name in form.changed_data}
            _tell(actor, "updated" if change else "created", obj, changes)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        actor = _operator(request)
        with acting(actor):
            _tell(actor, "deleted", obj, {})
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        actor = _operator(request)
        with acting(actor):
            for obj in queryset:
                _tell(actor, "deleted", obj, {})
            super().delete_queryset(request, queryset)


def _operator(request: HttpRequest) -> Actor:
    return Actor("user", str(request.user), request.user.pk)


def _tell(actor: Actor, action: str, obj: models.Model, changes: dict[str, Any]) -> None:
    operator_acted.send(type(obj), actor=actor, action=action, obj=obj, changes=changes)


class KeptAdmin(TableAdmin):
    """May be changed, neither made nor deleted here: its room does that with everything that belongs to it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class WatchedAdmin(KeptAdmin):
    """Only to look at."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> Any:
        return [field.name for field in self.model._meta.concrete_fields if field.name not in (self.exclude or ())][
            :COLUMNS_SHOWN
        ]


def register_watched(app_label: str) -> None:
    """Every model of the app that has no admin yet, to look at."""
    for model in apps.get_app_config(app_label).get_models():
        if not admin.site.is_registered(model):
            admin.site.register(model, WatchedAdmin)
