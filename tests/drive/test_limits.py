"""How much files may take is read, or refused."""

import pytest

from peerset.drive.limits import Limits, read_limits, read_size
from peerset.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "size"),
    [("64 MiB", 2**26), ("1GiB", 2**30), (131_072, 131_072), ("131072", 131_072), (" 5 mb ", 5_000_000)],
)
def test_sizes_are_bytes_or_texts(given: object, size: int) -> None:
    assert read_size("x", given) == size


@pytest.mark.parametrize("given", ["", "x", "1 TiB", "-1", 131_071, True, 1.5, None, "1 KiB", 2**53])
def test_what_is_no_size_is_refused(given: object) -> None:
    with pytest.raises(ConfigError, match="number of bytes"):
        read_size("x", given)


def test_limits_are_checked_when_they_are_made() -> None:
    assert Limits() == Limits(blob="64 MiB", room="1 GiB", keep="used")
    assert (Limits().blob_bytes, Limits().room_bytes, Limits().author_bytes) == (2**26, 2**30, 2**28)
    assert Limits(author="1 MiB").author_bytes == 2**20
    for wrong in ({"keep": "some"}, {"blob": "65 GiB"}, {"blob": "?"}, {"room": 0}, {"author": "1"}):
        with pytest.raises(ConfigError):
            Limits(**wrong)


def test_files_are_limits_or_none() -> None:
    assert read_limits(None) is None
    assert read_limits(Limits()) == Limits()
    with pytest.raises(ConfigError, match=r"peerset\.Limits"):
        read_limits("1 GiB")
