"""What a backup says of itself."""

import pytest

from peerset.backup import manifest as manifests
from peerset.backup.manifest import (
    Contents,
    Kept,
    Manifest,
    check_first,
    decode_manifest,
    encode_first,
    keys_among,
)
from peerset.errors import ArchiveError, ConfigError

STORE = Kept("rooms/é.db", 4_096, "ab" * 32, Contents("cd" * 16, 3, "ef" * 32))
WHOLE = Manifest(1_790_000_000, (STORE, Kept("keys/default.key", 64, "00" * 32)))


def test_it_is_read_as_it_was_written() -> None:
    assert decode_manifest(WHOLE.encode()) == WHOLE
    assert (WHOLE.stores, WHOLE.records, WHOLE.keys) == ([STORE], 3, ["keys/default.key"])
    assert decode_manifest(Manifest(0, ()).encode()).files == ()
    assert keys_among(["keys/a.key", "keys/a.txt", "a.key"]) == ["keys/a.key"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"size": 4096', b'"size": -1'),
        (b'"size": 4096', b'"size": true'),
        (b'"records": 3', b'"records": "3"'),
        (b'"name": "keys/default.key"', b'"name": "../default.key"'),
        (b'"name": "keys/default.key"', b'"name": 5'),
        (b'"made_at": 1790000000', b'"made_at": null'),
        (b'"made_at": 1790000000', b'"made_at":  1790000000'),
        (b'"version": 1', b'"version": 1, "more": 1'),
        (b'"files"', b'"flies"'),
        (b"{", b"["),
        (b"}", b"} "),
    ],
)
def test_what_is_no_manifest_is_refused(old: bytes, new: bytes) -> None:
    data = WHOLE.encode()
    assert old in data
    with pytest.raises(ArchiveError):
        decode_manifest(data.replace(old, new, 1))


def test_a_newer_version_is_named() -> None:
    check_first(encode_first())
    with pytest.raises(ConfigError, match=r"newer version of peerset \(format 2\): upgrade"):
        check_first(encode_first().replace(b"1", b"2"))
    for data in (b"", b"[1]", b"[" * 5_000, b'{"format": "peerset archive"}', encode_first() + b" "):
        with pytest.raises(ArchiveError):
            check_first(data)


def test_more_files_than_go_into_one_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MANIFEST_BYTES_MAX", 100)
    with pytest.raises(ConfigError, match="2 files are too many"):
        WHOLE.encode()
