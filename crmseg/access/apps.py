from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "crmseg.access"
    label = "access"
