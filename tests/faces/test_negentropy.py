"""Range-based set reconciliation, beside the reference."""

import json
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.errors import WireError
from peerset.faces.negentropy import FINGERPRINT, IDS, SKIP, TIME_END, Bound, ItemSet, answer, encode_number
from tests.interop.browser import HERE

RNG: Final = random.Random(77)


def items_of(count: int, *, times: int) -> list[Bound]:
    return [(RNG.randrange(times), RNG.randbytes(32)) for _ in range(count)]


@pytest.fixture(scope="module")
def reference() -> Iterator["subprocess.Popen[str]"]:
    """Run the reference of negentropy."""
    command = ["node", str(HERE / "negentropy.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.real_time
@pytest.mark.node
@pytest.mark.interop(client="nostr-tools", what="its negentropy finds what differs from ours (NIP-77)")
@pytest.mark.parametrize("frame", [60_000, 4_096])
@pytest.mark.parametrize(
    ("shared", "theirs", "ours", "times"),
    [
        (0, 0, 0, 9),
        (0, 0, 500, 9),
        (0, 500, 0, 9),
        (300, 1, 0, 10**9),
        (300, 0, 1, 10**9),
        (3_000, 20, 20, 10**9),
        (3_000, 30, 2_000, 10**9),
        # All of one second, and of a few.
        (800, 40, 40, 1),
        (800, 300, 300, 7),
    ],
)
def test_the_reference_finds_what_differs(
    reference: "subprocess.Popen[str]", shared: int, theirs: int, ours: int, times: int, frame: int
) -> None:
    both, client, relay = (items_of(count, times=times) for count in (shared, theirs, ours))
    # Ids that begin alike are told apart by more of their bytes.
    both += [(0, bytes(31) + bytes([last])) for last in range(shared and 40)]
    items = ItemSet([*relay, *both])
    found = talk(reference, [*both, *client], items, frame=frame)
    assert sorted(found["have"]) == sorted(each.hex() for _, each in client)
    assert sorted(found["need"]) == sorted(each.hex() for _, each in relay)


def talk(reference: "subprocess.Popen[str]", known: list[Bound], items: ItemSet, *, frame: int) -> Any:
    """Have the reference, which has *known*, ask us, who have *items*; give what it found."""
    assert reference.stdin is not None
    assert reference.stdout is not None
    line = json.dumps({"items": [(time, each.hex()) for time, each in known], "frame": frame})
    while True:
        reference.stdin.write(line + "\n")
        reference.stdin.flush()
        said = json.loads(reference.stdout.readline())
        if "message" not in said:
            return said
        given = answer(items, bytes.fromhex(said["message"]), frame_bytes_max=frame)
        assert len(given) <= frame
        line = given.hex()


def test_what_does_not_fit_is_never_passed_over() -> None:
    """A client that has what comes last, and nothing of what came before it."""
    ours = [(time, RNG.randbytes(32)) for time in range(3_000)]
    last = ItemSet(ours[2_000:])
    # By fingerprints that fit into no frame, and by ids of which not all do.
    mode = bytes([FINGERPRINT]) + bytes(16)
    parts = [encode_number(201) + b"\0" + mode for _ in range(10)]
    said = answer(ItemSet(ours), b"\x61" + b"".join(parts) + b"\0\0" + mode, frame_bytes_max=1_500)
    assert not said.endswith(last.fingerprint(0, 1_000))
    said = answer(ItemSet(ours), b"\x61" + encode_number(2_001) + b"\0" + bytes([IDS, 0]), frame_bytes_max=1_500)
    assert not said.endswith(last.fingerprint(0, 1_000))


def test_other_versions_are_told_ours() -> None:
    assert answer(ItemSet([]), b"\x62whatever") == b"\x61"
    assert answer(ItemSet([]), b"\x61") == b"\x61"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"a"[:0],
        b"\x50",
        b"\x61\x01",
        b"\x61\x00\x21" + bytes(33) + bytes([SKIP]),
        b"\x61\x00\x00\x03",
        b"\x61\x00\x00\x01" + bytes(15),
        b"\x61\x00\x00\x02\x02" + bytes(32),
        b"\x61" + b"\xff" * 11,
    ],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        answer(ItemSet([]), message)


SOME: Final = ItemSet(items_of(200, times=5))


@given(st.binary(max_size=200))
def test_whatever_comes_is_answered_or_refused(message: bytes) -> None:
    with suppress(WireError):
        assert answer(SOME, b"\x61" + message)[0] == 0x61


@given(st.integers(0, TIME_END))
def test_numbers_are_written_with_as_few_digits_as_there_may_be(number: int) -> None:
    digits = encode_number(number)
    value = 0
    for digit in digits:
        value = value << 7 | digit & 0x7F
    assert (value, len(digits)) == (number, max(1, -(-number.bit_length() // 7)))


def test_a_fingerprint_is_that_of_the_items_however_they_are_summed() -> None:
    items = sorted(items_of(300, times=10**6))
    whole = ItemSet(items)
    assert len(whole) == 300
    for start, end in [(0, 300), (63, 65), (64, 128), (1, 299), (200, 200)]:
        assert whole.fingerprint(start, end) == ItemSet(items[start:end]).fingerprint(0, end - start)
