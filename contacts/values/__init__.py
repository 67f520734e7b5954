"""What a value must be to enter a field, and how it leaves again.

`read` returns the value tidied, None for unknown, or raises ValueError with one sentence that says how to mend it.
Whatever `read` returns can be stored; unknown is None, never "" or [].
"""

from .catalogue import catalog, catalog_fields, definition_field, suggest
from .dump import columns_of, dump, to_json
from .read import read, read_text

__all__ = [
    "catalog",
    "catalog_fields",
    "columns_of",
    "definition_field",
    "dump",
    "read",
    "read_text",
    "suggest",
    "to_json",
]
