"""What ``peerset keys bunker`` says."""

import random

import pytest

from peerset.bunker.bunker import Happened
from peerset.cli.bunkering import tell
from peerset.core.keys import SecretKey, npub

CLIENT = SecretKey.generate(random.Random(1)).public_key


def test_what_clients_ask_for_is_told_in_lines_that_no_stranger_can_break(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Happened(CLIENT, "sign_event", 1078))
    tell(Happened(CLIENT, "sign_event", 1, "no events of kind 1 are signed for this client"))
    tell(Happened(CLIENT, "x\n\u202e" * 1000, refusal="this client is not connected"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{npub(CLIENT)[:12]} sign_event of kind 1078 done"
    assert lines[1].endswith("sign_event of kind 1 refused: no events of kind 1 are signed for this client")
    assert len(lines) == 3
    assert len(lines[2]) < 160
