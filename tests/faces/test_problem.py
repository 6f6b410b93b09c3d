"""What went wrong with a request."""

import json

from peerset.faces.problem import ProblemError


async def test_it_is_said_as_the_rfc_has_it() -> None:
    response = ProblemError(429, "too many", headers={"Retry-After": "1"}).response()
    assert (response.status, response.content_type) == (429, "application/problem+json")
    assert response.headers["Retry-After"] == "1"
    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "too many",
    }
