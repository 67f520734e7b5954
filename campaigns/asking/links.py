"""The addresses at which a survey is answered: one for everybody, one for a frame in another page, one for each person
in a message, and one for an answer that was begun without a name.

Each is signed. Opening one changes nothing, because scanners of mailboxes open every link.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from ..models import Survey, SurveyResponse

NOBODY = 0
_signer = Signer(sep=".", salt="campaigns.survey")


class BadLink(ValueError):
    """Not a link of ours, or not whole."""


@dataclass(frozen=True)
class Link:
    """`channel` is how it is answered; `contact_id` is NOBODY in test messages, None where nobody is named."""

    survey_id: int
    channel: SurveyResponse.Channel
    contact_id: int | None = None
    key: uuid.UUID | None = None


def public_url(survey: Survey) -> str:
    return _url(f"p-{survey.pk}")


def embed_url(survey: Survey) -> str:
    return _url(f"e-{survey.pk}")


def personal_url(survey_id: int, contact_id: int) -> str:
    return _url(f"c-{survey_id}-{contact_id}")


def response_path(response: SurveyResponse) -> str:
    """Where an answer that was begun goes on."""
    return _path(f"r-{response.key.hex}")


def read(token: str) -> Link:
    """Raises BadLink."""
    try:
        kind, *rest = _signer.unsign(token).split("-")
        if kind == "r":
            key = uuid.UUID(rest[0])
            found = SurveyResponse.objects.filter(key=key).values_list("survey_id", "channel", "contact_id").first()
            if found is None:
                raise BadLink
            return Link(found[0], SurveyResponse.Channel(found[1]), None, key)
        if kind == "c":
            return Link(int(rest[0]), SurveyResponse.Channel.LINK, int(rest[1]))
        if kind in {"p", "e"}:
            channel = SurveyResponse.Channel.EMBED if kind == "e" else SurveyResponse.Channel.PUBLIC
            return Link(int(rest[0]), channel)
    except (BadSignature, ValueError, IndexError) as error:
        raise BadLink from error
    raise BadLink


def _url(payload: str) -> str:
    return str(settings.PUBLIC_URL) + _path(payload)


def _path(payload: str) -> str:
    before, after = _around()
    return before + _signer.sign(payload) + after


@lru_cache
def _around() -> tuple[str, str]:
    before, _mark, after = reverse("surveys:ask", args=["-"]).rpartition("-")
    return before, after


class Personal(Mapping[str, str]):
    """What messages know as `surveys`: the reader's own link to each open survey, by the survey's key."""

    __slots__ = ("_contact_id",)

    def __init__(self, contact_id: int | None) -> None:
        self._contact_id = contact_id or NOBODY

    def __getitem__(self, key: str) -> str:
        return personal_url(_open_surveys()[key], self._contact_id)

    def __iter__(self) -> Iterator[str]:
        return iter(_open_surveys())

    def __len__(self) -> int:
        return len(_open_surveys())


def _open_surveys() -> dict[str, int]:
    return dict(Survey.objects.filter(state=Survey.State.OPEN).values_list("key", "pk"))
