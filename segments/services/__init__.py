"""Everything that changes a list. Each call owns its transaction, records who did it, and rings for what is left."""

from .archive import KEPT, archive, purge, restore
from .builds import cancel_build, editing, rebuild_everything, rebuild_readers, refresh_now
from .details import MAX_NAME, MAX_TEXT, Details
from .discovering import delete_discovery, save_found, start_discovery
from .filing import create_folder, delete_folder, file_lists, rename_folder, tag_lists
from .following import follow, unfollow
from .hinting import dismiss_hint
from .kinds import to_active, to_static
from .lists import create_segment, delete_segment, rollback, update_segment
from .members import add_members, copy_members, remove_members
from .naming import name_discovery, name_fitting
from .pins import pin, unpin
from .targets import clear_target, set_target

__all__ = [
    "KEPT",
    "MAX_NAME",
    "MAX_TEXT",
    "Details",
    "add_members",
    "archive",
    "cancel_build",
    "clear_target",
    "copy_members",
    "create_folder",
    "create_segment",
    "delete_discovery",
    "delete_folder",
    "delete_segment",
    "dismiss_hint",
    "editing",
    "file_lists",
    "follow",
    "name_discovery",
    "name_fitting",
    "pin",
    "purge",
    "rebuild_everything",
    "rebuild_readers",
    "refresh_now",
    "remove_members",
    "rename_folder",
    "restore",
    "rollback",
    "save_found",
    "set_target",
    "start_discovery",
    "tag_lists",
    "to_active",
    "to_static",
    "unfollow",
    "unpin",
    "update_segment",
]
