"""What the OpenAPI document says of every operation alike: its problems, its repeats, its preconditions."""

from __future__ import annotations

from typing import Any

WRITES = ("post", "put", "patch", "delete")
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "problems"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON Pointer into what was sent."},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
EVERYWHERE = {"401": "No usable key.", "403": "The key or the role does not allow this.", "429": "Too many requests."}
WITH_BODY = {"413": "The body is too large.", "415": "The body is not of a type that is taken here."}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request is carried out once and answered alike for a day.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what was read: the update is refused if it was changed since.",
    "schema": {"type": "string"},
}


def document_habits(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in ("get", *WRITES):
                _document(path, method, operation)
    return result


def _document(path: str, method: str, operation: dict[str, Any]) -> None:
    problems = {"400": "The input cannot be used.", **EVERYWHERE}
    parameters = operation.setdefault("parameters", [])
    if "{" in path:
        problems["404"] = "There is nothing at this address."
    if "requestBody" in operation:
        problems |= WITH_BODY
    if method in WRITES:
        problems |= {
            "409": "The present state refuses this.",
            "422": "The Idempotency-Key was used for another request.",
        }
        parameters.append(IDEMPOTENCY_KEY)
    if method in ("put", "patch"):
        problems["412"] = "It was changed since the ETag was read."
        parameters.append(IF_MATCH)
    for status, description in problems.items():
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"].setdefault(status, {"description": description, "content": content})
