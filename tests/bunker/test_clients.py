"""Who may have what signed."""

import random
import stat
from pathlib import Path

import pytest

from peerset.bunker.clients import CLIENTS_MAX, ClientBook, Permission
from peerset.core.keys import PublicKey, SecretKey
from peerset.core.nip46 import Draft
from peerset.core.signal import RoomName
from peerset.errors import ConfigError

LOBBY, GARDEN = RoomName("peerset", "lobby").tag, RoomName("peerset", "garden").tag
RNG = random.Random(1)
CLIENTS = [PublicKey(RNG.randbytes(32)) for _ in range(CLIENTS_MAX)]
SOME = Permission(frozenset([1078, 5]), frozenset([LOBBY]))


def draft(kind: int = 1078, *tags: tuple[str, ...]) -> Draft:
    return Draft(1_700_000_000, kind, tags, "hello")


def test_a_permission_is_about_kinds_and_rooms() -> None:
    assert Permission().refusal(draft(1)) == ""
    assert SOME.refusal(draft(1078, ("h", LOBBY.hex()))) == ""
    assert "kind 1 " in SOME.refusal(draft(1, ("h", LOBBY.hex())))
    # The first h tag counts, as everywhere.
    for tags in ((), (("h",),), (("h", GARDEN.hex()),), (("h", GARDEN.hex()), ("h", LOBBY.hex()))):
        assert "in that room" in SOME.refusal(draft(1078, *tags))


def test_clients_are_known_again_from_a_file_of_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "alice.clients"
    book = ClientBook(path)
    book.add(CLIENTS[0], SOME)
    book.add(CLIENTS[1], Permission())
    book.add(CLIENTS[2], SOME)
    book.remove(CLIENTS[2])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = ClientBook(path)
    assert [again.get(client) for client in CLIENTS[:3]] == [SOME, Permission(), None]


def test_there_are_so_many_and_no_more(tmp_path: Path) -> None:
    book = ClientBook()
    for client in CLIENTS:
        book.add(client, SOME)
    with pytest.raises(ConfigError, match=f"{CLIENTS_MAX} clients already"):
        book.add(SecretKey.generate(RNG).public_key, SOME)
    book.add(CLIENTS[0], Permission())
    assert len(book) == CLIENTS_MAX


def test_a_client_that_cannot_be_kept_is_not_let_in(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    book = ClientBook(tmp_path / "file" / "alice.clients")
    with pytest.raises(ConfigError):
        book.add(CLIENTS[0], SOME)
    assert book.get(CLIENTS[0]) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "7", '{"00":{}}', '{"xx":{"kinds":null,"rooms":null}}', '{"00":{"kinds":null,"rooms":null}}'),
        *(
            '{"' + "00" * 32 + f'":{said}}}'
            for said in ('{"kinds":["1"],"rooms":null}', '{"kinds":null,"rooms":["x"]}')
        ),
    ],
)
def test_a_file_that_is_no_book_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "alice.clients"
    path.write_text(text)
    with pytest.raises(ConfigError, match="no list of a signer's clients"):
        ClientBook(path)
    assert path.read_text() == text
