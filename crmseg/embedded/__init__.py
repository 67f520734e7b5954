"""PostgreSQL and Valkey from wheels, and the supervisor behind `manage.py up`."""

from crmseg.embedded.temporary import Servers, throwaway

__all__ = ["Servers", "throwaway"]
