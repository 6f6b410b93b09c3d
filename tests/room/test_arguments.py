"""What people give to join."""

from pathlib import Path

import pytest

from peerset.core.ice import IceServer
from peerset.core.keys import SecretKey
from peerset.errors import ConfigError
from peerset.room.arguments import Signer, read_policies, read_servers, read_signaling, read_store
from peerset.stores.memory import MemoryStore

KEY = SecretKey(bytes(31) + b"\7")


def test_a_signer_is_a_key_its_text_or_its_file(tmp_path: Path) -> None:
    assert Signer(KEY).take() == Signer(KEY.to_nsec()).take() == KEY
    path = tmp_path / "deep" / "bot.key"
    waiting = Signer(path)
    assert not path.exists()
    made = waiting.take()
    assert Signer(str(path)).take() == made


def test_a_key_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bot.key"
    path.write_text("nonsense")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"bot\.key"):
        Signer(path)


def test_a_store_is_a_spec_a_path_or_a_store() -> None:
    store = MemoryStore()
    assert read_store("memory:") == "memory:"
    assert read_store(Path("lobby.db")) == "sqlite:lobby.db"
    assert read_store(store) is store
    for bad in (5, None, b"memory:"):
        with pytest.raises(ConfigError, match="a store is a text such as"):
            read_store(bad)


def test_one_or_several_addresses_are_read() -> None:
    assert read_signaling("ws://a") == read_signaling(["ws://a"]) == ["ws://a"]
    assert read_signaling(None) is None
    assert read_signaling([]) == []
    server = IceServer("stun:a:1")
    for given in ("stun:a:1", [server], server):
        assert read_servers(given, signaling=["lan:"]) == (server,)
    assert read_servers(None, signaling=None) is None
    assert read_servers(None, signaling=["lan:"]) == ()
    assert read_servers((), signaling=None) == ()


def test_one_or_several_policies_are_read() -> None:
    assert read_policies("words") == read_policies(["words"]) == ["words"]
    with pytest.raises(ConfigError, match="policies cannot be 5"):
        read_policies(5)  # type: ignore[arg-type]
