from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "crmseg.access"
    label = "access"
    verbose_name = _("People and keys")

    def ready(self) -> None:
        from . import retention, schema, watching  # noqa: F401 – schema registers itself
        from .health import machine

        watching.connect()
        machine.connect()
        retention.connect()
