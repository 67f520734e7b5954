"""What a value must be to enter a field, and how it leaves again.

`read` returns the value tidied, None for unknown, or raises ValueError with one sentence that says how to mend it.
Whatever `read` returns can be stored; unknown is None, never "" or [].
"""

from .catalogue import catalog, definition_field, suggest
from .dump import columns_of, dump, to_json
from .read import read

__all__ = ["catalog", "columns_of", "definition_field", "dump", "read", "suggest", "to_json"]
