"""The rows that could not go in, as a file to mend and import again: row, column, value, reason, and the cells."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from ..export import line
from ..models import ContactImport
from . import files


def problems_csv(import_id: int) -> Iterator[str]:
    item = ContactImport.objects.get(pk=import_id)
    try:
        with item.file.open("rb") as file:
            names = files.header(file, files.Shape(item.encoding, item.delimiter, item.has_header))
    except FileNotFoundError:
        names = []
    yield line([_("Row"), _("Column"), _("Value"), _("Reason"), *names])
    for problem in item.problems.order_by("row", "id").iterator(chunk_size=2_000):
        yield line([problem.row, problem.column, problem.value, problem.reason, *problem.raw])
