"""``peerset devices link`` and ``ask``: one code, both ways between terminals."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.address import Address, parse_address
from peerset.core.clock import UnixTime
from peerset.core.grant import read_grant, sign_grant
from peerset.core.keys import SecretKey, npub
from peerset.core.linking_code import LinkingCode, parse_code
from peerset.core.signal import RoomName
from peerset.keyfiles import create_key
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

NOWHERE: Final = ("--signaling", "ws://127.0.0.1:9")
VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "links.json").read_text(encoding="utf-8"))


def run_out() -> str:
    """Give a code of long ago."""
    key, name = SecretKey(b"\2" * 32), RoomName("peerset", "lobby")
    grant = sign_grant(
        SecretKey(b"\1" * 32),
        key.public_key,
        room_tag=name.tag,
        since=UnixTime(1),
        until=UnixTime(2),
        collections=("peerset.devices",),
        is_on_behalf=False,
    )
    return LinkingCode(key, Address(name, grants=(grant.text,))).text


def test_a_code_of_one_terminal_is_opened_in_another_which_writes_by_the_address_it_gets(
    shell: Any, start: Any, tracker: str, home: Path
) -> None:
    owner, phone = create_key("owner"), create_key("phone").public_key
    met = ("--signaling", tracker)
    page = "https://chat.example/"
    linking = start(
        "devices", "link", "lobby", "--key", "owner", "--yes", "--days", "3", "--page", page, *met, "--json"
    )
    text = json.loads(linking.stdout.readline())["code"]
    code = parse_code(text)
    assert (code.page, code.owner) == (page, owner.public_key)
    assert owner.to_nsec() not in text
    asking = shell("devices", "ask", "-", "my phone", "--key", "phone", *met, "--json", stdin=text)
    assert (asking.code, npub(phone) in asking.err, npub(owner.public_key) in asking.err) == (0, True, True), asking.err
    said = json.loads(asking.out)
    grant = read_grant(said["grant"])
    assert (grant.owner, grant.writer, grant.is_on_behalf) == (owner.public_key, phone, True)
    assert parse_address(said["address"]).grants == (said["grant"],)
    out, err = linking.communicate(timeout=PATIENT_SECONDS)
    assert (linking.returncode, json.loads(out)["key"], code.key.secret.hex() in err) == (0, phone.hex(), False), err
    # Nothing of the code's key is kept: neither its store nor its grant.
    assert not [path for path in home.rglob("*.db") if b"my phone" in path.read_bytes()]


def test_a_code_is_drawn_and_nobody_who_asks_is_told(shell: Any) -> None:
    create_key("me")
    drawn = shell("devices", "link", "lobby", "--key", "me", "--yes", "--qr", "--minutes", "0.01", *NOWHERE)
    assert (drawn.code, drawn.out.startswith("peerset-device:")) == (ExitCode.ALONE, True)
    assert all(said in drawn.err for said in ("nobody asked in time", "\N{LOWER HALF BLOCK}"))


def test_who_cannot_be_asked_and_what_is_no_code_is_told_before_anything_is_done(shell: Any) -> None:
    create_key("me")
    unasked = shell("devices", "link", "lobby", "--key", "me", *NOWHERE)
    assert (unasked.code, "say --yes" in unasked.err, unasked.out) == (ExitCode.USAGE, True, "")
    code = VECTORS["codes"][0]["text"]
    for text in (code[:90], code.replace("lobby?lang", "attic?lang").replace("peerset/lobby", "peerset/attic")):
        ended = shell("devices", "ask", "-", "phone", "--key", "me", *NOWHERE, stdin=text)
        assert (ended.code, "this code for a new device is damaged" in ended.err) == (ExitCode.USAGE, True)
    late = shell("devices", "ask", run_out(), "phone", "--key", "me", *NOWHERE)
    assert (late.code, "has run out" in late.err, "others on this machine can list" in late.err) == (
        ExitCode.ALONE,
        True,
        True,
    )
    for verb in (("join", code), ("address", code)):
        ended = shell(*verb)
        assert (ended.code, "names no room: peerset devices ask" in ended.err) == (ExitCode.USAGE, True)
        assert code.split("&")[0] not in ended.err
