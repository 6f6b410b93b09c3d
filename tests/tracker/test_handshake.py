"""Who asks for a websocket as it has to be done gets one; others are told why not."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from peerset.tracker.handshake import agree

HEADERS = {
    "Upgrade": "WebSocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    # The example of RFC 6455, 1.3.
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions": "permessage-deflate",
    "Sec-WebSocket-Protocol": "chat",
}


def test_a_websocket_without_extensions_is_agreed_upon() -> None:
    answer = agree(make_mocked_request("GET", "/", headers=HEADERS))
    assert answer.status == 101
    assert dict(answer.headers) == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upgrade": ""}, 426),
        ({"Upgrade": "h2c"}, 426),
        ({"Connection": "keep-alive"}, 400),
        ({"Sec-WebSocket-Version": "8"}, 426),
        ({"Sec-WebSocket-Version": ""}, 426),
        ({"Sec-WebSocket-Key": ""}, 400),
        ({"Sec-WebSocket-Key": "AAAA"}, 400),
        ({"Sec-WebSocket-Key": "A"}, 400),
        ({"Sec-WebSocket-Key": "=" * 24}, 400),
        ({"Sec-WebSocket-Key": "é" * 24}, 400),
    ],
)
def test_who_asks_otherwise_is_told_why_not(headers: dict[str, str], status: int) -> None:
    with pytest.raises(web.HTTPException) as caught:
        agree(make_mocked_request("GET", "/", headers=HEADERS | headers))
    assert caught.value.status == status


def test_a_head_request_makes_no_websocket() -> None:
    with pytest.raises(web.HTTPBadRequest):
        agree(make_mocked_request("HEAD", "/", headers=HEADERS))
