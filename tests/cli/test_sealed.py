"""The option that seals a room."""

from pathlib import Path

import pytest

from peerset.cli.sealed import SealOptions
from peerset.errors import ConfigError


def test_a_room_is_sealed_by_a_file_or_not_at_all(home: Path) -> None:
    assert SealOptions().seals is None
    (home / "seal").write_text("a passphrase\n")
    assert SealOptions(seal_file="seal").seals == ["a passphrase"]
    with pytest.raises(ConfigError, match="No such file"):
        _ = SealOptions(seal_file="nowhere").seals
