"""Statements that somebody waits for: bounded in time, and given up as soon as the same person asks anew.

Who types asks again before the last answer is there. The server would work on for nobody: the browser hangs up, and the
database does not hear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from crmseg.common.problems import InvalidInput

_LONGEST_NAME = 63


class TookTooLong(InvalidInput):
    """The answer was given up: it took too long, or a newer question took its place."""

    status = 503

    def __init__(self) -> None:
        super().__init__(_("Counting this takes too long here. It can be saved all the same."))


@contextmanager
def asking(who: str, seconds: float) -> Iterator[CursorWrapper]:
    """A transaction for the statements of one question; `who` names its asker, and ends the one before of that name.

    Without a name, nobody's question is ended. Raises TookTooLong.
    """
    name = f"crmseg asks {who}".encode("ascii", "replace").decode()[:_LONGEST_NAME]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if who:
                # The name lasts as long as the transaction: what the connection does later is never ended by it.
                cursor.execute(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = %s AND state = 'active' AND pid <> pg_backend_pid()",
                    [name],
                )
                cursor.execute("SELECT set_config('application_name', %s, true)", [name])
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(round(seconds * 1000))])
            yield cursor
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TookTooLong from error
        raise
