"""Problems from services: said above the page, or brought to the field they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.http import HttpRequest

from crmseg.common.problems import InvalidInput, Problem


def tell(request: HttpRequest, error: InvalidInput) -> None:
    """Each problem as a message of its own on the next page."""
    for said in dict.fromkeys(problem.message for problem in error.problems):
        messages.error(request, said)


def tried(request: HttpRequest, act: Callable[[], object], said: str) -> bool:
    """Do it and say so; where it is refused, say why."""
    try:
        act()
    except InvalidInput as error:
        tell(request, error)
        return False
    messages.success(request, said)
    return True


def field_of(pointer: str) -> str:
    """`/attributes/plan` → `attributes.plan`; the root is no field."""
    return ".".join(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def add_to_form(form: BaseForm, error: InvalidInput, names: Mapping[str, str] | None = None) -> None:
    """Show each problem at its field; what belongs to no field of the form is said above it."""
    for problem in error.problems:
        name = field_of(problem.pointer)
        name = (names or {}).get(name, name)
        form.add_error(name if name in form.fields else NON_FIELD_ERRORS, problem.message)


def by_field(problems: Sequence[Problem]) -> dict[str, str]:
    """The first sentence about each field."""
    found: dict[str, str] = {}
    for problem in problems:
        found.setdefault(field_of(problem.pointer), problem.message)
    return found
