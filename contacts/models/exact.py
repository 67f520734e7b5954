"""JSON columns whose numbers stay exact decimals in both directions."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from crmseg.common import json as exact


class ExactEncoder(json.JSONEncoder):
    def encode(self, o: Any) -> str:
        return exact.dumps(o).decode()


class ExactDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})
