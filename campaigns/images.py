"""Pictures for messages: taken in once, made safe and small, shown to anybody who asks.

A picture is drawn anew from its pixels: what a camera or an editor wrote beside them (places, names, programs) is gone,
and so is whatever was hidden in the file. It lies in the data folder under the digest of what is shown, so that the
same picture is kept once and an address never changes its meaning. SVG is a program, and not taken.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from PIL import Image as Pictures
from PIL import ImageOps, ImageSequence, UnidentifiedImageError

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .models import Arm, Block, Campaign, Image, SavedTemplate

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_FRAMES = 120
WIDEST = 1200
WIDTHS = (600, 300)
"""The narrower copies of a picture, besides itself."""
KINDS = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
_TAKEN = ("PNG", "JPEG", "GIF", "WEBP")
_NAME = re.compile(r"(?P<digest>[0-9a-f]{64})(?:-(?P<width>600|300))?\.(?P<kind>png|jpg|gif)")


def receive(file: IO[bytes], *, name: str, actor: Actor) -> Image:
    """Keep the picture; the one there is, if somebody uploaded the same before."""
    frames, kind = _read(file.read(LARGEST_FILE + 1))
    data = _drawn(frames, kind, WIDEST)
    width, height = _fitting(frames[0].size, WIDEST)
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        known = Image.objects.filter(digest=digest).first()
        if known and path(known).exists():
            return known
        _write(_path(digest, kind), data)
        for narrower in WIDTHS:
            if narrower < width:
                _write(_path(digest, kind, narrower), _drawn(frames, kind, narrower))
        if known:
            return known
        image = Image.objects.create(
            name=_clean_name(name),
            digest=digest,
            kind=kind,
            width=width,
            height=height,
            size=len(data),
            created_by=str(actor),
        )
        audit.record(actor, "created", image)
    return image


@transaction.atomic
def delete(image_id: int, *, actor: Actor) -> None:
    """Refused while a message shows it: readers open messages years later."""
    image = Image.objects.select_for_update().get(pk=image_id)
    using = [*used_by(image)[:5]]
    if using:
        message = _("Messages show this picture: %(names)s.")
        raise Conflict([Problem("", message % {"names": ", ".join(using)})])
    audit.record(actor, "deleted", image)
    image.delete()
    files = [_path(image.digest, image.kind, width) for width in (0, *WIDTHS)]
    transaction.on_commit(lambda: _forget(files))


def used_by(image: Image) -> list[str]:
    """The names of campaigns, blocks and templates that show it."""
    shown = Q(body_mjml__contains=image.digest)
    html = shown | Q(body_html__contains=image.digest)
    in_arms = Arm.objects.filter(html | Q(variables__icontains=image.digest)).values("campaign")
    campaigns: QuerySet[Any] = Campaign.objects.filter(
        html | Q(translations__icontains=image.digest) | Q(pk__in=in_arms)
    )
    found = [campaigns, Block.objects.filter(shown), SavedTemplate.objects.filter(shown)]
    return [name for rows in found for name in rows.values_list("name", flat=True)]


def url(image: Image, width: int = 0) -> str:
    """Where readers see it, `width` wide if there is such a copy."""
    narrower = f"-{width}" if width in WIDTHS and width < image.width else ""
    return settings.PUBLIC_URL + reverse("campaigns:image", args=[f"{image.digest}{narrower}.{image.kind}"])


def path(image: Image) -> Path:
    return _path(image.digest, image.kind)


def find(name: str) -> tuple[Path, str] | None:
    """The file behind the last part of an address, and its media type."""
    named = _NAME.fullmatch(name)
    if named is None:
        return None
    file = _path(named["digest"], named["kind"], int(named["width"] or 0))
    return (file, KINDS[named["kind"]]) if file.is_file() else None


def _read(data: bytes) -> tuple[list[Picture], str]:
    """The frames, upright and without anything beside the pixels, and the kind to keep them as."""
    if len(data) > LARGEST_FILE:
        raise _refused(_("A picture may have at most %(size)s MB.") % {"size": LARGEST_FILE // 1024**2})
    try:
        with Pictures.open(io.BytesIO(data), formats=_TAKEN) as picture:
            width, height = picture.size
            count = getattr(picture, "n_frames", 1)
            if width * height * count > MOST_PIXELS * 2 or width * height > MOST_PIXELS or count > MOST_FRAMES:
                raise _refused(_("This picture has too many pixels."))
            picture.verify()
        with Pictures.open(io.BytesIO(data), formats=_TAKEN) as picture:
            if picture.format == "GIF" and count > 1:
                return [*_moving(picture)], "gif"
            upright = ImageOps.exif_transpose(picture)
            see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
            kind = "jpg" if picture.format == "JPEG" or (picture.format == "WEBP" and not see_through) else "png"
            return [_plain(upright, "RGBA" if see_through and kind == "png" else "RGB")], kind
    except InvalidInput:
        raise
    except (UnidentifiedImageError, Pictures.DecompressionBombError):
        raise _refused(_("This is not a picture that can be used: take PNG, JPEG, GIF or WebP.")) from None
    except Exception as error:  # a broken file may raise anything
        raise _refused(_("This picture cannot be read: it is damaged.")) from error


def _moving(picture: Picture) -> Iterator[Picture]:
    for frame in ImageSequence.Iterator(picture):
        drawn = _plain(frame, "RGBA")
        drawn.info = {"duration": max(20, int(frame.info.get("duration", 100) or 100))}
        yield drawn


def _plain(picture: Picture, mode: str) -> Picture:
    """The pixels alone."""
    drawn = picture.convert(mode)
    bare = Pictures.new(mode, drawn.size)
    bare.paste(drawn)
    return bare


def _drawn(frames: list[Picture], kind: str, widest: int) -> bytes:
    sized = [frame.resize(_fitting(frame.size, widest), Pictures.Resampling.LANCZOS) for frame in frames]
    made = io.BytesIO()
    if kind == "jpg":
        sized[0].save(made, "JPEG", quality=85, optimize=True, progressive=True)
    elif kind == "png":
        sized[0].save(made, "PNG", optimize=True)
    else:
        pauses = [frame.info.get("duration", 100) for frame in frames]
        sized[0].save(
            made, "GIF", save_all=True, append_images=sized[1:], duration=pauses, loop=0, disposal=2, optimize=True
        )
    return made.getvalue()


def _fitting(size: tuple[int, int], widest: int) -> tuple[int, int]:
    width, height = size
    return (width, height) if width <= widest else (widest, max(1, round(height * widest / width)))


def _path(digest: str, kind: str, width: int = 0) -> Path:
    narrower = f"-{width}" if width else ""
    return Path(settings.MEDIA_ROOT) / "images" / digest[:2] / f"{digest}{narrower}.{kind}"


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as being_written:
        being_written.write(data)
    os.replace(unfinished, file)


def _forget(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _clean_name(name: str) -> str:
    text = " ".join(Path(name.replace("\\", "/")).name.split())[:200]
    return text if text and json.is_storable(text) and text.isprintable() else _("Picture")


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput([Problem("/file", sentence)])
