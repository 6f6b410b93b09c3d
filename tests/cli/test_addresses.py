"""``peerset address``, ``invite`` and ``open``."""

import json
from asyncio import run
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.bech32 import encode
from peerset.core.bound import is_bound
from peerset.core.keys import SecretKey, npub
from peerset.core.seal import new_seal
from peerset.room.binding import bound_room

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9", "--wait", "0")
ID = "ab" * 32
NOTE = encode("note", bytes.fromhex(ID))
NPUB = npub(SecretKey(bytes(31) + b"\1").public_key)
GRANT = "AQID" * 48
RULES = ("--policy", "words", "--retention", "30d", "--phases", "6h", "--signaling", "lan:")
SAID = "phases=6h&policy=words&retention=30d&signaling=lan:"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], ""),
        (RULES, f"?{SAID}"),
        (["--policy", "command:sh"], ""),
        (["--record", ID], f"/record/{NOTE}"),
        (["--collection", "places", "--register", "a/b"], "/key/places/a%2Fb"),
        (
            ["--collection", "places", "--register", "a", "--author", NPUB, "--at", ID],
            f"/key/places/a?at={NOTE}&author={NPUB}",
        ),
        (["--collection", "site", "--path", "docs/a.txt"], "/file/site/docs/a.txt"),
    ],
)
def test_addresses_are_written_of_rooms_and_of_what_is_in_them(shell: Any, options: list[str], said: str) -> None:
    ended = shell("address", "lobby", *options)
    assert (ended.code, ended.out) == (0, f"peerset:peerset/lobby{said}\n")
    assert json.loads(shell("address", "lobby", *options, "--json").out) == {"address": ended.out.strip()}


def test_what_the_options_do_not_say_the_address_does(shell: Any) -> None:
    address = f"peerset:chess/lobby/record/{NOTE}?{SAID}"
    assert shell("address", "-", stdin=f"{address}#password=secret\n").out == f"{address}\n"
    other = shell("address", address, "--retention", "40d", "--app", "draughts").out.strip()
    assert other == address.replace("30d", "40d")


@pytest.mark.parametrize("options", [["--record", "abcd"], ["--register", "a"], ["--at", ID], ["--collection", "c"]])
def test_what_names_nothing_is_refused(shell: Any, options: list[str]) -> None:
    assert shell("address", "lobby", *options).code == ExitCode.USAGE


def test_a_room_is_bound_to_its_rules_and_joined_with_them_alone(shell: Any) -> None:
    bound = shell("address", "lobby", "--bind", "--policy", "words", "--retention", "30d").out.strip()
    assert is_bound(bound.partition("?")[0])
    assert bound.endswith("?policy=words&retention=30d")
    published = shell("publish", bound, "hello", *NOWHERE, "--json")
    assert published.code == 0, published.err
    assert json.loads(shell("records", bound, "--json").out)["content"] == "hello"
    others = shell("publish", bound.partition("?")[0], "hello", *NOWHERE)
    assert others.code == ExitCode.USAGE
    assert "says which rules it has, and ours are others" in others.err


def test_invitations_carry_secrets_and_say_so(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("invite", "lobby").err == ""
    monkeypatch.setenv("PEERSET_PASSWORD", "correct horse")
    ended = shell("invite", "lobby", "--grant", GRANT)
    assert ended.out == f"peerset:peerset/lobby#grant={GRANT}&password=correct%20horse\n"
    assert "can join the room" in ended.err
    link = shell("invite", "lobby", "--page", "https://chat.example/")
    assert link.out == "https://chat.example/#peerset:peerset/lobby?password=correct%20horse\n"
    assert shell("invite", "lobby", "--page", "chat.example").code == ExitCode.USAGE
    assert "horse" not in shell("address", "lobby").out


@pytest.mark.parametrize("secret", ["a long passphrase", new_seal()], ids=["a passphrase", "a secret"])
def test_an_invitation_into_a_sealed_room_carries_its_secret_and_an_address_does_not(
    shell: Any, home: Path, secret: str
) -> None:
    (home / "seal").write_text(f"{secret}\n")
    sealed = ("--seal-file", "seal")
    assert shell("publish", "lobby", "dear diary", *sealed, *NOWHERE).code == 0
    invitation = shell("invite", "lobby", *sealed).out
    assert invitation.startswith("peerset:peerset/lobby#seal=seal1")
    assert secret in invitation or not secret.startswith("seal1")
    assert "dear diary" in shell("records", "-", stdin=invitation).out
    # Who has no secret could not follow what looks at content, nor may another room's name be made by it.
    rules = ("--policy", "words", "--policy", "age:earliest=2026-01-01", *sealed)
    assert shell("address", "lobby", *rules).out == "peerset:peerset/lobby?policy=age:earliest=2026-01-01\n"
    bound = shell("address", "lobby", "--bind", *rules).out.strip()
    name = run(bound_room("lobby", policies=["words", "age:earliest=2026-01-01"], seal=secret))
    assert bound == f"peerset:peerset/{name}?policy=age:earliest=2026-01-01"


def test_an_address_is_opened_and_shows_what_it_names(shell: Any) -> None:
    record = json.loads(shell("publish", "lobby", "hello", *NOWHERE, "--json").out)
    first = json.loads(shell("put", "lobby", "places", "home", '{"stars":1}', *NOWHERE, "--json").out)
    second = json.loads(shell("put", "lobby", "places", "home", '{"stars":2}', *NOWHERE, "--json").out)

    def opened(*words: str) -> dict[str, Any]:
        address = shell("address", "lobby", *words).out
        ended = shell("open", *NOWHERE, "--json", stdin=address)
        assert ended.code == 0, ended.err
        row: dict[str, Any] = json.loads(ended.out)
        return row

    assert opened("--record", record["id"]) == record
    home = ("--collection", "places", "--register", "home")
    assert opened(*home)["value"] == {"stars": 2}
    assert opened(*home, "--at", first["id"])["value"] == {"stars": 1}
    assert opened(*home, "--author", second["author"])["id"] == second["id"]
    absent = shell("open", shell("address", "lobby", "--record", ID).out.strip(), *NOWHERE)
    assert absent.code == ExitCode.MISSING
    assert "is not here, and nobody who was met has it" in absent.err


def test_the_address_of_a_file_opens_its_bytes(shell: Any, tmp_path: Path) -> None:
    source = tmp_path / "words.txt"
    for text in ("one", "two" * 20_000):
        source.write_text(text)
        put = shell("files", "put", "lobby", "site", "a/words.txt", str(source), *NOWHERE, "--json")
        assert put.code == 0, put.err
        row = json.loads(put.out)
    file = ("--collection", "site", "--path", "a/words.txt")
    address = shell("address", "lobby", *file).out
    assert shell("open", *NOWHERE, "--to", "-", stdin=address).out == "two" * 20_000
    target = tmp_path / "here.txt"
    ended = shell("open", *NOWHERE, "--to", str(target), "--json", stdin=address)
    assert (json.loads(ended.out)["id"], target.read_text()) == (row["id"], "two" * 20_000)
    absent = shell("address", "lobby", "--collection", "site", "--path", "b").out
    ended = shell("open", *NOWHERE, "--to", str(tmp_path / "b"), stdin=absent)
    assert (ended.code, "nobody who was met has it" in ended.err) == (ExitCode.MISSING, True)
    ended = shell("open", "peerset:peerset/lobby", "--to", "x", *NOWHERE)
    assert (ended.code, "this address names none" in ended.err) == (ExitCode.USAGE, True)
    assert sorted(each.name for each in tmp_path.glob("*.txt")) == ["here.txt", "words.txt"]


def test_the_address_of_a_room_opens_its_records(shell: Any) -> None:
    shell("publish", "lobby", "hello", *NOWHERE)
    ended = shell("open", "peerset:peerset/lobby", "--seconds", "0", "--signaling", "ws://127.0.0.1:9", "--json")
    assert ended.code == 0, ended.err
    assert [json.loads(line)["content"] for line in ended.out.splitlines()] == ["hello"]


@pytest.mark.parametrize("place", ["lobby", "peerset:lobby", "nostr:note1qq", "peerset:a/b#seal=seal1qq"])
def test_what_is_no_address_is_opened_by_nobody(shell: Any, place: str) -> None:
    ended = shell("open", place, "--wait", "0")
    assert ended.code == ExitCode.USAGE


@pytest.mark.parametrize("verb", ["open", "records", "address", "invite", "publish", "join", "find", "files get"])
def test_an_address_of_a_megabyte_is_refused_by_every_verb_and_nothing_is_made(
    shell: Any, home: Path, verb: str
) -> None:
    place = f"peerset:peerset/{'a' * 1_000_000}"
    beyond = {"publish": ("hello",), "find": ("notes",), "files get": ("site", "a")}.get(verb, ())
    for words, stdin in (((place, *beyond), ""), (("-", *beyond), f"{place}\n")):
        ended = shell(*verb.split(), *words, stdin=stdin)
        assert (ended.code, ended.out, len(ended.err) < 1_000) == (ExitCode.USAGE, "", True), verb
    assert list(home.iterdir()) == []
