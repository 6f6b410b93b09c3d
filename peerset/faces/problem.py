"""What went wrong with a request, for programs (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

MEDIA_TYPE: Final = "application/problem+json"


class ProblemError(Exception):
    """A request that is answered by *status*, for *detail*."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def response(self) -> web.Response:
        """Give the answer."""
        phrase = HTTPStatus(self.status).phrase
        # A type of its own would say no more than the status and the detail.
        body = {"type": "about:blank", "title": phrase, "status": self.status, "detail": self.detail}
        headers = {**self.headers, "Content-Type": MEDIA_TYPE}
        return web.Response(status=self.status, body=json.dumps(body).encode(), headers=headers)
