"""Everything that changes a list. Each call owns its transaction, records who did it, and rings for what is left."""

from .archive import KEPT, archive, purge, restore
from .builds import cancel_build, editing, rebuild_everything, rebuild_readers, refresh_now
from .details import MAX_NAME, MAX_TEXT, Details
from .following import follow, unfollow
from .kinds import to_active, to_static
from .lists import create_segment, delete_segment, rollback, update_segment
from .members import add_members, copy_members, remove_members
from .pins import pin, unpin

__all__ = [
    "KEPT",
    "MAX_NAME",
    "MAX_TEXT",
    "Details",
    "add_members",
    "archive",
    "cancel_build",
    "copy_members",
    "create_segment",
    "delete_segment",
    "editing",
    "follow",
    "pin",
    "purge",
    "rebuild_everything",
    "rebuild_readers",
    "refresh_now",
    "remove_members",
    "restore",
    "rollback",
    "to_active",
    "to_static",
    "unfollow",
    "unpin",
    "update_segment",
]
