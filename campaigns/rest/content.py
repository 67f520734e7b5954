"""What messages are made of, for programs: previews, the look before the start, past words, blocks, pictures."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import images, unsubscribe, versions
from ..content import blocks, compose, gallery, preflight, saved
from ..content.checks.finding import LEVELS
from ..content.liquid import TemplateError
from ..models import Block, CampaignVersion, Image, SavedTemplate
from .found import arm_of, campaign_of

ID = "[0-9]{1,19}"
PreviewOutput = inline_serializer(
    "MessagePreview", {key: serializers.CharField() for key in ("subject", "html", "text", "language")}
)
FindingOutput = inline_serializer(
    "PreflightFinding",
    {
        "check": serializers.CharField(help_text="What was looked at: links, pictures, missing, spf …"),
        "level": serializers.ChoiceField(choices=LEVELS, help_text="`stop` keeps the campaign from starting."),
        "message": serializers.CharField(),
        "detail": serializers.ListField(child=serializers.CharField()),
        "pointer": serializers.CharField(),
        "where": serializers.CharField(help_text="The arm and language that it is about, if not all."),
        "people": serializers.IntegerField(allow_null=True),
        "of": serializers.IntegerField(allow_null=True),
        "sampled": serializers.BooleanField(help_text="`of` is a part of the audience, looked at for the rest."),
    },
)
PreflightOutput = inline_serializer(
    "Preflight", {"ready": serializers.BooleanField(), "findings": serializers.ListField(child=FindingOutput)}
)


class CampaignVersionOutput(serializers.ModelSerializer[CampaignVersion]):
    words = serializers.DictField()

    class Meta:
        model = CampaignVersion
        fields = ["number", "words", "created_by", "created_at"]


class BlockOutput(serializers.ModelSerializer[Block]):
    class Meta:
        model = Block
        fields = ["id", "name", "body_mjml", "updated_at"]
        read_only_fields = ["updated_at"]


class TemplateOutput(serializers.ModelSerializer[SavedTemplate]):
    class Meta:
        model = SavedTemplate
        fields = ["id", "name", "subject", "body_mjml", "updated_at"]
        read_only_fields = ["updated_at"]


class ImageOutput(serializers.ModelSerializer[Image]):
    url = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = ["id", "name", "kind", "width", "height", "size", "url", "created_at"]

    def get_url(self, image: Image) -> str:
        return images.url(image)


OwnTemplateOutput = inline_serializer(
    "OwnTemplate", {key: serializers.CharField() for key in ("key", "name", "description", "subject", "body_mjml")}
)
ImageInput = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}, "name": {"type": "string"}},
        "required": ["file"],
    }
}


class ContentActions:
    """A part of the campaigns' view set."""

    @extend_schema(
        responses=PreviewOutput,
        parameters=[
            OpenApiParameter("contact_id", int, OpenApiParameter.PATH),
            OpenApiParameter("language", OpenApiTypes.STR, description="In this language, whatever the contact's."),
            OpenApiParameter("arm", OpenApiTypes.STR, description="As this arm of the test says it."),
        ],
    )
    @action(detail=True, url_path="preview/(?P<contact_id>[0-9]{1,19})")
    def preview(self, request: Request, pk: str, contact_id: str) -> Response:
        """The message as this contact would see it."""
        campaign, contact = campaign_of(pk), _contact(int(contact_id))
        if language := request.query_params.get("language", ""):
            if language not in compose.LANGUAGES:
                known = ", ".join(compose.LANGUAGES)
                raise InvalidInput([Problem("/language", _("The languages are: %(known)s.") % {"known": known})])
            contact.language = language
        key = request.query_params.get("arm", "")
        arm = arm_of(campaign, key) if key else None
        try:
            composition = compose.compose(campaign, arm)
            message = composition.render(contact, unsubscribe.url(campaign.pk, unsubscribe.NOBODY))
        except TemplateError as error:
            raise Conflict(str(error)) from error
        shown = {"subject": message.subject, "html": message.html, "text": message.text}
        return Response(shown | {"language": compose.language_of(contact)})

    @extend_schema(responses=PreflightOutput)
    @action(detail=True)
    def preflight(self, request: Request, pk: str) -> Response:
        """Everything worth knowing before the start: links, pictures, size, sender, and gaps that readers would see."""
        found = preflight.check(campaign_of(pk))
        rows = [{**vars(finding), "detail": list(finding.detail)} for finding in found]
        return Response({"ready": not any(row["level"] == "stop" for row in rows), "findings": rows})

    @extend_schema(responses=CampaignVersionOutput(many=True))
    @action(detail=True, pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """What the campaign said before, newest first."""
        rows = [row.version for row in versions.listing(campaign_of(pk))]
        return Response(CampaignVersionOutput(rows, many=True).data)

    @extend_schema(
        request=None, responses=CampaignVersionOutput(many=True), parameters=[OpenApiParameter("number", int, "path")]
    )
    @action(detail=True, methods=["post"], url_path="versions/(?P<number>[0-9]{1,9})/restore", pagination_class=None)
    def restore(self, request: Request, pk: str, number: str) -> Response:
        """Let a draft say again what it said then."""
        campaign = campaign_of(pk)
        if not campaign.versions.filter(number=int(number)).exists():
            raise Http404
        versions.restore(campaign.pk, int(number), actor=actor_of(request))
        rows = [row.version for row in versions.listing(campaign)]
        return Response(CampaignVersionOutput(rows, many=True).data)


@extend_schema(tags=["campaigns"])
class BlockViewSet(IdempotentWrites, GenericViewSet[Block]):
    """Pieces that many messages share: `{% block "Name" %}`."""

    serializer_class = BlockOutput
    ordering = ("id",)
    lookup_value_regex = ID
    queryset = Block.objects.all()

    @extend_schema(responses=BlockOutput(many=True))
    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(BlockOutput(page, many=True).data)

    @extend_schema(request=BlockOutput, responses={201: BlockOutput})
    def create(self, request: Request) -> Response:
        return Response(BlockOutput(self._save(request, None)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=BlockOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(BlockOutput(_found(self.get_queryset(), pk)).data)

    @extend_schema(request=BlockOutput, responses=BlockOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        return Response(BlockOutput(self._save(request, _found(self.get_queryset(), pk))).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Refused while a campaign that is not finished uses it."""
        blocks.delete_block(_found(self.get_queryset(), pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, request: Request, block: Block | None) -> Block:
        given = _fields(request, block, ("name", "body_mjml"))
        return blocks.save_block(block.pk if block else None, **given, actor=actor_of(request))


@extend_schema(tags=["campaigns"])
class TemplateViewSet(IdempotentWrites, GenericViewSet[SavedTemplate]):
    """Whole messages to begin from."""

    serializer_class = TemplateOutput
    ordering = ("id",)
    lookup_value_regex = ID
    queryset = SavedTemplate.objects.all()

    @extend_schema(responses=TemplateOutput(many=True))
    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(TemplateOutput(page, many=True).data)

    @extend_schema(request=TemplateOutput, responses={201: TemplateOutput})
    def create(self, request: Request) -> Response:
        return Response(TemplateOutput(self._save(request, None)).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=TemplateOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(TemplateOutput(_found(self.get_queryset(), pk)).data)

    @extend_schema(request=TemplateOutput, responses=TemplateOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        return Response(TemplateOutput(self._save(request, _found(self.get_queryset(), pk))).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        saved.delete_template(_found(self.get_queryset(), pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        responses=OwnTemplateOutput,
        parameters=[OpenApiParameter("language", OpenApiTypes.STR, enum=[*compose.LANGUAGES])],
    )
    @action(detail=False, pagination_class=None)
    def own(self, request: Request) -> Response:
        """The product's own templates, in a language."""
        language = request.query_params.get("language", "en")
        if language not in compose.LANGUAGES:
            raise InvalidInput(
                [Problem("/language", _("The languages are: %(known)s.") % {"known": ", ".join(compose.LANGUAGES)})]
            )
        return Response([vars(template) for template in gallery.listing(language)])

    def _save(self, request: Request, template: SavedTemplate | None) -> SavedTemplate:
        given = _fields(request, template, ("name", "subject", "body_mjml"))
        return saved.save_template(template.pk if template else None, **given, actor=actor_of(request))


@extend_schema(tags=["campaigns"])
class ImageViewSet(IdempotentWrites, GenericViewSet[Image]):
    """Pictures for messages, at addresses that readers can fetch."""

    serializer_class = ImageOutput
    ordering = ("-id",)
    lookup_value_regex = ID
    queryset = Image.objects.all()
    parser_classes = (MultiPartParser,)

    @extend_schema(responses=ImageOutput(many=True))
    def list(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ImageOutput(page, many=True).data)

    @extend_schema(request=ImageInput, responses={201: ImageOutput})
    def create(self, request: Request) -> Response:
        """PNG, JPEG, GIF or WebP up to 10 MB; made at most 1,200 pixels wide, without what was written beside it."""
        data: Any = request.data
        file = data.get("file")
        if not isinstance(file, UploadedFile):
            raise InvalidInput([Problem("/file", _("Send the picture as the file of a form."))])
        name = data.get("name")
        image = images.receive(
            file, name=name if isinstance(name, str) and name else file.name or "", actor=actor_of(request)
        )
        return Response(ImageOutput(image).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=ImageOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(ImageOutput(_found(self.get_queryset(), pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Refused while a message shows it."""
        images.delete(_found(self.get_queryset(), pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _fields(request: Request, row: Any, known: tuple[str, ...]) -> dict[str, Any]:
    data = read_object(request)
    unknown = [key for key in data if key not in {*known, "id", "updated_at"}]
    if unknown:
        raise InvalidInput([Problem(f"/{key}", _("There is no such field.")) for key in unknown])
    return {key: data.get(key, getattr(row, key) if row else "") for key in known}


def _found(rows: QuerySet[Any], pk: str) -> Any:
    found = rows.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _contact(pk: int) -> Contact:
    contact = Contact.objects.select_related("company").filter(pk=pk).first() if pk <= LARGEST_ID else None
    if contact is None:
        raise Http404
    return contact
