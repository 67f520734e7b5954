"""Why somebody entered or left, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.definition.schema import Catalogue

_WHOLE = {
    "created": gettext_lazy("the contact was created, or changed as a whole"),
    "clock": gettext_lazy("time passed"),
    "build": gettext_lazy("the list was built"),
    "edit": gettext_lazy("the definition was changed"),
    "refresh": gettext_lazy("the list was refreshed"),
    "made active": gettext_lazy("the list was made active again"),
    "manual": gettext_lazy("by hand"),
    "import": gettext_lazy("from a file"),
    "audit": gettext_lazy("put right by the audit"),
    "deleted": gettext_lazy("the contact was deleted"),
    "pin": gettext_lazy("pinned by hand"),
    "pin removed": gettext_lazy("the pin was taken away"),
    "pin expired": gettext_lazy("the pin expired"),
    "scores": gettext_lazy("everybody was scored anew"),
    "worth": gettext_lazy("everybody’s worth was compared anew"),
    "delay": gettext_lazy("the delay of the list was over"),
}


def in_words(cause: str, catalogue: Catalogue) -> str:
    """`attribute:country, event:Order Completed` → "country changed, Order Completed happened"."""
    if cause in _WHOLE:
        return str(_WHOLE[cause])
    return ", ".join(_one(key, catalogue) for key in cause.split(", "))


def words_of(causes: Iterable[str], catalogue: Catalogue) -> Mapping[str, str]:
    return {cause: in_words(cause, catalogue) for cause in set(causes)}


def _one(key: str, catalogue: Catalogue) -> str:
    kind, _colon, name = key.partition(":")
    match kind:
        case "attribute":
            known = catalogue.properties.get(name)
            return _("%(property)s changed") % {"property": known.label if known and known.label else name}
        case "colleague":
            return _("a colleague: %(cause)s") % {"cause": _one(name, catalogue)}
        case "company":
            return _("the company changed")
        case "event":
            return _("%(event)s happened or was corrected") % {"event": name}
        case "consent":
            return _("consent for %(channel)s changed") % {"channel": name}
        case "segment":
            return _("through the list %(list)s") % {"list": _list_name(name, catalogue)}
        case "snapshot":
            return _("renewed from the list %(list)s") % {"list": _list_name(name, catalogue)}
    return str(_WHOLE.get(key, key))


def _list_name(id: str, catalogue: Catalogue) -> str:
    listed = catalogue.segments.get(int(id)) if id.isdecimal() else None
    return f"“{listed.name}”" if listed else id
