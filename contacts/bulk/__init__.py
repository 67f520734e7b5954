"""One action on many contacts: asked on a page, done in the background, undone as long as nobody changed it since."""

from .starting import (
    change_consent,
    delete,
    export,
    export_again,
    put_on_list,
    set_attribute,
    take_off_list,
)

__all__ = [
    "change_consent",
    "delete",
    "export",
    "export_again",
    "put_on_list",
    "set_attribute",
    "take_off_list",
]
