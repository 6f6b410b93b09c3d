"""The option that seals a room."""

from pathlib import Path

import pytest

import peerset
from peerset.cli.rows import record_line
from peerset.cli.sealed import SealOptions, tell_of_seals
from peerset.errors import ConfigError
from peerset.testing.memory import MemorySwarm


def test_a_room_is_sealed_by_a_file_or_not_at_all(home: Path) -> None:
    assert SealOptions().seals is None
    (home / "seal").write_text("a passphrase\n")
    assert SealOptions(seal_file="seal").seals == ["a passphrase"]
    with pytest.raises(ConfigError, match="No such file"):
        _ = SealOptions(seal_file="nowhere").seals


async def test_whoever_has_no_secret_or_another_is_told_what_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    async with peerset.join("lobby", seal=peerset.new_seal(), host=MemorySwarm().host()) as room:
        record = await room.publish("hush")
        await tell_of_seals(room, is_writing=True)
        assert (capsys.readouterr().err, record_line(record).endswith("hush")) == ("", True)
    async with peerset.join("lobby", host=MemorySwarm().host()) as blind:
        await tell_of_seals(blind, is_writing=True)
        assert capsys.readouterr().err == ""
        await blind.add([record])
        await tell_of_seals(blind)
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("records here are sealed, and are not shown: --seal-file")
        await tell_of_seals(blind, is_writing=True)
        assert "not shown to those who have it" in capsys.readouterr().err
        assert record_line(record.envelope).endswith("(sealed, and not open here)")
    async with peerset.join("lobby", seal=peerset.new_seal(), host=MemorySwarm().host()) as other:
        await other.add([record])
        await tell_of_seals(other)
        assert capsys.readouterr().err == "1 record here is sealed by a secret that was not given, and not shown\n"
