from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "crmseg.demo"
    label = "demo"
    verbose_name = _("Sample data")

    def ready(self) -> None:
        from crmseg.web import panels

        from .panel import show_progress

        panels.register_home(panels.HomePanel(5, "home/sample_data_panel.html", show_progress, wide=True))
