"""What the members of a list are worth."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import schemas
from contacts.api.worth import SUMS, sums_out

from ..insights import worth
from .base import SegmentBase

_SHARE: schemas.Schema = {"type": "number", "nullable": True}
_OUT: dict[str, Any] = {
    **SUMS,
    "required": [*SUMS["required"], "share_of_all", "concentration", "purchasing_power"],
    "properties": {
        **SUMS["properties"],
        "share_of_all": schemas.record(revenue=_SHARE, net_value=_SHARE),
        "concentration": schemas.record(top_tenth=_SHARE, gini=_SHARE),
        "purchasing_power": schemas.record(income_known=schemas.COUNT, budget_known=schemas.COUNT),
    },
}


class WorthActions(SegmentBase):
    @extend_schema(responses={200: _OUT})
    @action(detail=True, methods=["get"])
    def worth(self, request: Request, pk: str) -> Response:
        """Revenue and net value of the members, their share of everyone's, how few of them bring most (unknown below
        ten buyers), and of how many the income or the budget is known."""
        found = worth.of_list(self.segment(pk).pk)
        return Response(
            {
                **sums_out(found.sums),
                "share_of_all": {"revenue": found.share_of_revenue, "net_value": found.share_of_net_value},
                "concentration": {"top_tenth": found.top_tenth, "gini": found.gini},
                "purchasing_power": {"income_known": found.income_known, "budget_known": found.budget_known},
            }
        )
