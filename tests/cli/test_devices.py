"""``peerset devices``: one device asks, another one's key answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from peerset.cli.exits import ExitCode
from peerset.core.grant import read_grant
from peerset.core.keys import npub
from peerset.keyfiles import create_key
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time

NOWHERE = ("--signaling", "ws://127.0.0.1:9")


def test_a_device_is_let_write_by_the_text_that_it_shows(shell: Any, start: Any, tracker: str, home: Path) -> None:
    owner, phone = create_key("owner").public_key, create_key("phone").public_key
    met = ("--signaling", tracker)
    phones = str(home / "phone.db")
    asking = start(
        "devices", "ask", "lobby", "my phone", "--key", "phone", "--store", f"sqlite:{phones}", *met, "--json"
    )
    request = json.loads(asking.stdout.readline())["request"]
    waiting = ("--wait", str(PATIENT_SECONDS))
    said = ("devices", "accept", "lobby", request, "--key", "owner", *met, *waiting, "--collections", "notes")
    unasked = shell(*said)
    assert (unasked.code, npub(phone) in unasked.err, "'my phone'" in unasked.err) == (ExitCode.USAGE, True, True)
    accepted = shell(*said, "--yes", "--days", "3", "--json")
    assert accepted.code == 0, accepted.err
    assert json.loads(accepted.out)["key"] == phone.hex()
    out, err = asking.communicate(timeout=PATIENT_SECONDS)
    assert (asking.returncode, npub(owner) in err) == (0, True), err
    grant = read_grant(json.loads(out)["grant"])
    assert (grant.owner, grant.writer, grant.collections) == (owner, phone, "notes")
    listed = shell("devices", "list", "lobby", "--key", "owner").out
    assert (npub(phone) in listed, "my phone" in listed) == (True, True)
    gone = shell("devices", "unlink", "lobby", npub(phone), "--key", "owner", *NOWHERE, "--wait", "0")
    assert (gone.code, shell("devices", "list", "lobby", "--key", "owner").out) == (0, "")


def test_what_is_no_request_and_what_nobody_accepts_is_told(shell: Any) -> None:
    create_key("me")
    for text, says in (("hello", "begins with peerset-link:"), ("peerset-link:AAAA", "")):
        ended = shell("devices", "accept", "lobby", text, "--key", "me", "--yes", *NOWHERE)
        assert (ended.code, says in ended.err) == (ExitCode.USAGE, True)
    late = shell("devices", "ask", "lobby", "phone", "--minutes", "0.01", "--key", "me", *NOWHERE)
    assert (late.code, "nobody accepted it in time" in late.err) == (ExitCode.ALONE, True)
    unknown = shell("devices", "unlink", "lobby", npub(create_key("other").public_key), "--key", "me", *NOWHERE)
    assert (unknown.code, "no device of ours" in unknown.err) == (ExitCode.USAGE, True)
