"""Who may come to a face."""

from typing import Any

import pytest

from peerset.errors import ConfigError
from peerset.faces.gate import Gate
from tests.faces.conftest import KEY, OTHER, TOKEN


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"host": "0.0.0.0"}, "name a token, or keys"),
        ({"host": "node.example", "origins": frozenset(["https://app.example"])}, "name a token, or keys"),
        ({"token": "short"}, "at least 16 characters"),
        ({"origins": frozenset(["app.example"])}, "an origin is written"),
        ({"origins": frozenset(["https://app.example/path"])}, "an origin is written"),
        ({"origins": frozenset(["*"])}, "an origin is written"),
        ({"url": "ftp://x"}, "begins with wss://"),
        ({"url": "wss://[x"}, "begins with wss://"),
        ({"host": "0.0.0.0", "keys": frozenset()}, "name the URL"),
    ],
)
def test_what_would_let_in_strangers_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Gate(**given)


def test_a_key_is_proven_to_the_name_by_which_clients_know_us() -> None:
    gate = Gate("0.0.0.0", keys=frozenset([KEY.public_key]), url="wss://relay.example:444/x")
    assert gate.is_meant("wss://relay.example/")
    assert not gate.is_meant("wss://evil.example/")
    assert not gate.is_meant("ws://127.0.0.1/")
    assert gate.admits_key(frozenset([KEY.public_key, OTHER.public_key]))
    assert not gate.admits_key(frozenset([OTHER.public_key]))
    assert not Gate(keys=frozenset()).admits_key(frozenset())
    assert not Gate(token=TOKEN).admits_key(frozenset([KEY.public_key]))
    assert Gate().is_meant("ws://localhost:7")


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(Gate(token=TOKEN))
