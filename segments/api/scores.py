"""Score models over HTTP, what they give everyone, and what they give one contact and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from contacts.models import AttributeHistory, Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common import clock
from crmseg.common.ids import LARGEST_ID, is_id
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.pagination import KeysetPagination
from crmseg.common.rest.parsers import read_object

from .. import catalogue
from .. import serializers as common
from ..engine import locks
from ..models import Score, ScoreBuild, ScoreModel
from ..scoring import checks, history, load, preview, queue, selectors, services
from ..scoring.explain import UnknownContact, explain
from ..scoring.schema import GRADES
from ..services import editing
from . import score_shapes as shapes


# No docstring: it would describe the operations of every view in the OpenAPI document.
class ScoreModelViewSet(IdempotentWrites, GenericViewSet[ScoreModel]):
    queryset = ScoreModel.objects.all()
    serializer_class = shapes.ScoreModelOutput
    lookup_value_regex = r"[0-9]{1,18}"
    ordering: Any = ("id",)
    safe_posts = frozenset({"validate", "preview"})

    @extend_schema(parameters=[OpenApiParameter("archived", bool, description="The archived models, not the others.")])
    def list(self, request: Request) -> Response:
        archived = request.query_params.get("archived") in {"true", "1"}
        page: Any = self.paginate_queryset(self.get_queryset().filter(archived_at__isnull=not archived))
        return self.get_paginated_response(_shown(page))

    @extend_schema(request=shapes.ScoreModelInput, responses={201: shapes.ScoreModelSaved})
    def create(self, request: Request) -> Response:
        """Create a score model. Unless it is a draft, everyone is scored by it at once, in the background."""
        given = shapes.read_model(read_object(request), new=True)
        made = services.create_model(actor=actor_of(request), **given)
        return self._saved(made.pk, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self._model(pk))

    @extend_schema(request=shapes.ScoreModelChange, responses=shapes.ScoreModelSaved)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a score model. What alters the score is a new version, and everyone is scored anew by it."""
        given = shapes.read_model(read_object(request), new=False)
        with _editing(request, pk):
            services.update_model(self._model(pk).pk, actor=actor_of(request), **given)
        return self._saved(int(pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a model with its scores. Refused while a list or another model reads them."""
        with editing(), if_match(request, ScoreModel.objects.all(), int(pk)):
            services.delete_model(self._model(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=common.DefinitionInput, responses=common.ValidateOutput)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Everything that is wrong with a definition, and what is allowed but probably not meant."""
        known = catalogue.current()
        try:
            scheme = load.load(_definition(request), known)
        except InvalidInput as invalid:
            problems = common.problems(problem.under("/definition") for problem in invalid.problems)
            return Response({"valid": False, "problems": problems, "warnings": []})
        warnings = [problem.under("/definition") for problem in preview.warnings(scheme, known)]
        return Response({"valid": True, "problems": [], "warnings": common.problems(warnings)})

    @extend_schema(request=shapes.PreviewInput, responses=shapes.PreviewSpreadOutput)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """How scores and grades would spread, and with `model`, who would move. Of very many contacts, a sample."""
        given = dict(read_object(request))
        definition, compared = _definition(request), given.pop("model", None)
        given = shapes.read_model(given | {"definition": definition}, new=False)
        model = self.get_queryset().filter(pk=compared).first() if is_id(compared) else None
        if compared is not None and model is None:
            raise InvalidInput([Problem("/model", _("Expected the id of a score model."))])
        link, intercept = given.get("link", ScoreModel.Link.SUM), given.get("intercept", 0)
        if problems := checks.number_problems(link, intercept):
            raise InvalidInput(problems)
        try:
            found = preview.preview(definition, clock.now(), link=link, intercept=intercept, model=model)
        except preview.TookTooLong:
            raise
        except InvalidInput as invalid:
            raise InvalidInput([problem.under("/definition") for problem in invalid.problems]) from invalid
        return Response(shapes.preview_out(found))

    @extend_schema(request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Let a draft give every contact a score from now on."""
        with _editing(request, pk):
            services.publish_model(self._model(pk).pk, actor=actor_of(request))
        return self._answer(self._model(pk), status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Look at everybody again, in the background."""
        services.rebuild_model(self._model(pk).pk, actor=actor_of(request))
        return self._answer(self._model(pk), status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"], url_path="default")
    def make_default(self, request: Request, pk: str) -> Response:
        """Show this model first, wherever one score is shown."""
        with _editing(request, pk):
            services.make_default(self._model(pk).pk, actor=actor_of(request))
        return self._answer(self._model(pk))

    @extend_schema(request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put a model away: nobody has its score any more. Refused while anything reads it."""
        with editing(), if_match(request, ScoreModel.objects.all(), int(pk)):
            services.archive_model(self._model(pk).pk, actor=actor_of(request))
        return self._answer(self._model(pk))

    @extend_schema(request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take an archived model back, as a draft."""
        with _editing(request, pk):
            services.restore_model(self._model(pk).pk, actor=actor_of(request))
        return self._answer(self._model(pk))

    @extend_schema(responses=shapes.ScoreModelVersionOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("-number", "-id"))
    def versions(self, request: Request, pk: str) -> Response:
        """Past definitions, the latest first."""
        page: Any = self.paginate_queryset(self._model(pk).versions.all())  # type: ignore[arg-type]
        return self.get_paginated_response([shapes.version_out(one) for one in page])

    @extend_schema(operation_id="score_models_rollback", request=None, responses=shapes.ScoreModelOutput)
    @action(detail=True, methods=["post"], url_path="versions/(?P<number>[0-9]{1,9})/rollback")
    def rollback(self, request: Request, pk: str, number: str) -> Response:
        """Save an earlier version as a new one."""
        with _editing(request, pk):
            services.rollback_model(self._model(pk).pk, int(number), actor=actor_of(request))
        return self._answer(self._model(pk))

    @extend_schema(
        parameters=[
            OpenApiParameter("min", float, description="The lowest score that is shown."),
            OpenApiParameter("grade", str, description="Once or several times: A1 to D4.", many=True),
        ],
        responses=shapes.RankedOutput(many=True),
    )
    @action(detail=True, methods=["get"], ordering=("-points", "contact_id"), pagination_class=KeysetPagination)
    def scores(self, request: Request, pk: str) -> Response:
        """Everybody's score, the highest first."""
        rows = _asked(request, selectors.ranked(self._model(pk)))
        page: Any = self.paginate_queryset(rows.select_related("contact"))  # type: ignore[arg-type]
        return self.get_paginated_response(
            [{"contact": common.brief(score.contact), **shapes.score_out(score)} for score in page]
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words of names, addresses and companies."),
            OpenApiParameter("owner", str, description="The owner of the contact; `none` for leads without one."),
            OpenApiParameter("grade", str, description="A1 to D4, or a letter or digit alone."),
            OpenApiParameter("stage", str, description="A lifecycle stage, or `all`; else those who are no customers."),
        ],
        responses=shapes.LeadOutput(many=True),
    )
    @action(detail=True, methods=["get"], ordering=("-points", "contact_id"), pagination_class=KeysetPagination)
    def leads(self, request: Request, pk: str) -> Response:
        """The queue for sales, the highest score first: why, what changed, owner, last touch and next step."""
        model = self._model(pk)
        asked = queue.read(request.query_params)
        page: Any = self.paginate_queryset(queue.rows(model, asked, None))  # type: ignore[arg-type]
        return self.get_paginated_response([shapes.lead_out(lead) for lead in queue.leads(model, page, clock.now())])

    @extend_schema(responses=shapes.SpreadOutput)
    @action(detail=True, methods=["get"])
    def distribution(self, request: Request, pk: str) -> Response:
        """How the scores and grades are spread now."""
        return Response(shapes.spread_out(preview.spread_of(self._model(pk))))

    def _model(self, pk: str) -> ScoreModel:
        return get_object_or_404(self.get_queryset(), pk=int(pk))

    def _answer(self, model: ScoreModel, code: int = status.HTTP_200_OK) -> Response:
        (shown,) = _shown([model])
        return Response(shown, status=code, headers={"ETag": etag_of(model)})

    def _saved(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        """The model, with what is allowed in it but probably not meant."""
        model = self._model(str(pk))
        response, known = self._answer(model, code), catalogue.current()
        warnings = preview.warnings(load.load(model.definition, known), known)
        response.data["warnings"] = common.problems(problem.under("/definition") for problem in warnings)
        return response


class ContactScores(APIView):
    @extend_schema(operation_id="contacts_scores_list", responses=shapes.ContactScoreOutput(many=True))
    def get(self, request: Request, contact_id: int) -> Response:
        """What every model gives a contact, the default model first."""
        _refuse_unknown(contact_id)
        found = [
            {"model": one.model_id, "key": one.model.key, "name": one.model.name, "version": one.version}
            | shapes.score_out(one)
            for one in selectors.scores_of(contact_id)
        ]
        return Response({"results": found, "next": None})


class ContactScore(APIView):
    @extend_schema(operation_id="contacts_scores_explain", responses=shapes.ExplainedScoreOutput)
    def get(self, request: Request, contact_id: int, key: str) -> Response:
        """Why a contact has this score: rule by rule, with what decided it and when it moves by itself."""
        try:
            return Response(shapes.explanation_out(explain(_named(key), contact_id)))
        except UnknownContact:
            raise Http404 from None


class ContactScoreHistory(APIView):
    ordering = ("-at", "-id")

    @extend_schema(operation_id="contacts_scores_history", responses=shapes.ScoreChangeOutput(many=True))
    def get(self, request: Request, contact_id: int, key: str) -> Response:
        """How the score of a contact moved, the latest first."""
        _refuse_unknown(contact_id)
        rows = AttributeHistory.objects.filter(contact_id=contact_id, key=history.names_of(_named(key).key).points)
        pages = KeysetPagination()
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([{"at": one.at, "old": one.old, "new": one.new} for one in page])


@contextmanager
def _editing(request: Request, pk: str) -> Iterator[None]:
    """A transaction that holds what it may lock in the order in which everybody locks it."""
    with transaction.atomic():
        locks.lock_graph()
        with if_match(request, ScoreModel.objects.all(), int(pk)):
            yield


def _shown(models: list[ScoreModel]) -> list[dict[str, Any]]:
    open_builds = selectors.open_builds().filter(model__in=models).order_by("pk")
    building: dict[int, ScoreBuild] = {build.model_id: build for build in open_builds}
    return [shapes.model_out(model, building.get(model.pk)) for model in models]


def _named(key: str) -> ScoreModel:
    return get_object_or_404(selectors.models(), key=key)


def _refuse_unknown(contact_id: int) -> None:
    if contact_id > LARGEST_ID or not Contact.objects.filter(pk=contact_id).exists():
        raise Http404


def _definition(request: Request) -> object:
    given = read_object(request)
    if "definition" not in given:
        raise InvalidInput([Problem("", _("Expected “definition”."))])
    return given["definition"]


def _asked(request: Request, rows: QuerySet[Score]) -> QuerySet[Score]:
    problems = []
    if (least := request.query_params.get("min")) is not None:
        try:
            number = Decimal(least[:50])
            if not number.is_finite() or abs(number.adjusted()) > 20:
                raise InvalidOperation
            rows = rows.filter(points__gte=number)
        except InvalidOperation:
            problems.append(Problem("/min", _("Expected a number.")))
    if grades := request.query_params.getlist("grade"):
        if not set(grades) <= set(GRADES):
            problems.append(Problem("/grade", _("Expected one of: %s.") % ", ".join(GRADES)))
        rows = rows.filter(grade__in=grades)
    if problems:
        raise InvalidInput(problems)
    return rows
