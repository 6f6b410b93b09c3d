"""Where secrets come from."""

import random
import sys
from pathlib import Path

import pytest
import typer

from peerset.cli.exits import NotFoundError
from peerset.cli.secret import (
    ask_new_passphrase,
    ask_nsec,
    first_line_of,
    own_signer,
    room_password,
    room_seals,
    turn_server,
)
from peerset.core.ice import IceServer
from peerset.core.keys import SecretKey
from peerset.core.seal import new_seal
from peerset.errors import ConfigError
from peerset.keyfiles import create_key, save_key

KEY = SecretKey.generate(random.Random(1))


class Terminal:
    """A stdin where someone sits."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Answer every prompt by "typed", and keep how it was asked."""
    asked: list[dict[str, object]] = []

    def prompt(text: str, **options: object) -> str:
        asked.append({"text": text, **options})
        return "typed"

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(typer, "prompt", prompt)
    return asked


def test_the_first_use_makes_a_key_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = own_signer("").take()
    assert "made a key for you: npub1" in capsys.readouterr().err
    assert own_signer("").take() == key


def test_a_named_key_is_never_made(home: Path) -> None:
    with pytest.raises(NotFoundError, match="peerset keys new alice"):
        own_signer("alice").take()


def test_a_named_key_goes_before_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", KEY.to_nsec())
    alice = create_key("alice")
    assert own_signer("alice").take() == alice
    assert own_signer("").take() == KEY


def test_a_sealed_key_is_opened_by_a_hidden_prompt(home: Path, prompts: list[dict[str, object]]) -> None:
    save_key(KEY, "alice", passphrase="typed")
    assert own_signer("alice").take() == KEY
    assert prompts[0]["hide_input"] is True


def test_a_new_passphrase_is_typed_twice(home: Path, prompts: list[dict[str, object]]) -> None:
    assert ask_new_passphrase() == "typed"
    assert prompts[0]["confirmation_prompt"] is True


def test_a_secret_key_is_typed_unseen(home: Path, prompts: list[dict[str, object]]) -> None:
    assert ask_nsec("") == "typed"
    assert prompts[0]["hide_input"] is True


def test_a_rooms_password_comes_by_file_environment_or_prompt(
    home: Path, prompts: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "password").write_text("from a file\r\nsecond line\n")
    assert room_password("password") == "from a file"
    assert room_password("") == ""
    assert room_password("-") == "typed"
    monkeypatch.setenv("PEERSET_PASSWORD", "from outside")
    assert room_password("") == "from outside"


def test_what_seals_a_room_comes_by_file_environment_or_prompt(
    home: Path, prompts: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "seal").write_text("newer\r\n\n older \n")
    assert room_seals("seal") == ["newer", "older"]
    assert room_seals("") is None
    assert room_seals("-") == ["typed"]
    monkeypatch.setenv("PEERSET_SEAL", "from outside\nand before")
    assert room_seals("") == ["from outside", "and before"]


def test_no_secret_is_taken_from_the_command_line_and_no_empty_file(home: Path) -> None:
    secret = new_seal()
    with pytest.raises(ConfigError, match="keep it off the command line") as refused:
        room_seals(secret)
    assert secret not in str(refused.value)
    (home / "empty").write_text("\n \n")
    with pytest.raises(ConfigError, match="there is no secret in empty"):
        room_seals("empty")


def test_a_byte_order_mark_is_no_part_of_a_password(home: Path) -> None:
    (home / "password").write_bytes(b"\xef\xbb\xbfsesame\r\n")
    assert room_password("password") == "sesame"


def test_an_unreadable_secret_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        first_line_of(tmp_path / "missing")


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\nsecond")
    with pytest.raises(ConfigError, match="is empty"):
        first_line_of(tmp_path / "empty")


def test_a_binary_secret_file_is_refused_without_quoting_it(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xffsecret")
    with pytest.raises(ConfigError, match="line 1: not UTF-8") as caught:
        first_line_of(tmp_path / "binary")
    assert caught.value.__suppress_context__


def test_a_turn_servers_login_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_TURN_USERNAME", "me")
    monkeypatch.setenv("PEERSET_TURN_CREDENTIAL", "hidden")
    server = turn_server("turn:example.org:3478")
    assert server == IceServer("turn:example.org:3478", "me", "hidden")
    assert "hidden" not in repr(server)
