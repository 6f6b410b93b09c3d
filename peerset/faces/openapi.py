"""The description of the HTTP face, made of its routes (OpenAPI 3.1)."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from peerset.faces.routes import JSON_TYPE, SCHEMAS, Answer, Route


def describe(routes: Sequence[Route], *, url: str, wants_token: bool) -> dict[str, Any]:
    """Give the document for *routes*, which are at *url*."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    components: dict[str, Any] = {"schemas": dict(SCHEMAS)}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Rooms of peerset",
            "summary": "What readers see of the rooms that a node shows, and a way in for signed records.",
            "version": version("peerset"),
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": components,
    }
    if wants_token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.about,
        "parameters": [parameter.describe() for parameter in route.parameters],
        "responses": {str(status): _response(answer) for status, answer in sorted(route.answers.items())},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": dict(route.body)}}}
    return operation


def _response(answer: Answer) -> dict[str, Any]:
    return {"description": answer.about, "content": {answer.media_type: {"schema": dict(answer.schema)}}}
