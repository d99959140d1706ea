"""The API in OpenAPI 3.1, made from the operations themselves so that it cannot say anything else. Pure."""

from __future__ import annotations

from http import HTTPStatus
from inspect import getdoc
from typing import Any

from pydantic import BaseModel, TypeAdapter

from alerter import __version__
from alerter.web.api.operations import OPERATIONS, Operation

_REFERENCE = "#/components/schemas/{model}"
_ALWAYS = (401, 403)
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}


def describe_api(base_url: str | None) -> dict[str, Any]:
    """The whole document; `base_url` is where it is served, if that is known."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "alerter", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base_url or "/"}],
        "security": [{"token": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _describe(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    about = getdoc(operation.answer) if operation.answer else "Read the configuration again."
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": (about or "").partition("\n")[0],
        "responses": {
            str(operation.status): {
                "description": HTTPStatus(operation.status).phrase,
                "content": {"application/json": {"schema": _schema_of(operation.document, schemas)}},
            },
            **{str(code): _problem(code) for code in sorted({*_ALWAYS, *operation.errors})},
        },
    }
    parameters = [_ID] if "{id}" in operation.path else []
    if operation.has_body:
        schema = _schema_of(operation.asked, schemas)
        is_needed = "required" in schemas[operation.asked.__name__]
        described["requestBody"] = {"content": {"application/json": {"schema": schema}}, "required": is_needed}
    else:
        parameters = [*parameters, *_parameters(operation.asked)]
    return {**described, "parameters": parameters} if parameters else described


def _parameters(asked: type[BaseModel]) -> list[dict[str, Any]]:
    schema = asked.model_json_schema(ref_template=_REFERENCE)
    definitions = schema.get("$defs", {})
    found = []
    for name, one in schema.get("properties", {}).items():
        plain = _inlined(one, definitions)
        about = {"description": plain.pop("description")} if "description" in plain else {}
        plain.pop("title", None)
        found.append({"name": name, "in": "query", "required": False, **about, "schema": plain})
    return found


def _inlined(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is never null: it is of its own type or is not there."""
    options = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    merged = {**schema, **options[0]} if options else dict(schema)
    merged.pop("anyOf", None)
    if merged.get("default", ...) is None:
        del merged["default"]
    if reference := merged.pop("$ref", None):
        merged = {**definitions[reference.rpartition("/")[2]], **merged}
    return merged


def _schema_of(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    made = TypeAdapter(shape).json_schema(ref_template=_REFERENCE)
    schemas.update(made.pop("$defs", {}))
    schemas[shape.__name__] = made
    return {"$ref": _REFERENCE.format(model=shape.__name__)}


def _problem(code: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    return {"description": HTTPStatus(code).phrase, "content": content}


_ID = {"name": "id", "in": "path", "required": True, "description": "A deadline's id.", "schema": {"type": "string"}}
_ABOUT = (
    "Deadlines, what was told of them, and acting on them. Instants are in UTC, such as 2025-09-10T13:00:00Z. "
    "Without a token it is served to the same machine only."
)
