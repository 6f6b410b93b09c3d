"""JSON lines of NIP-01 events."""

import codecs
import io
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.cli.lines import LINE_BYTES_MAX, BadLine, GoodLine, read_lines, write_line
from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.record import Record, event_of, sign_record
from peerset.errors import ConfigError

KEY = SecretKey.generate(random.Random(1))


def make_record(content: str = "hello") -> Record:
    return sign_record(KEY, created_at=UnixTime(1_700_000_000), kind=1, tags=[("t", "ü")], content=content)


def read(data: bytes) -> list[GoodLine | BadLine]:
    return list(read_lines(io.BytesIO(data), "the file"))


def test_what_is_written_is_read_again() -> None:
    record = make_record("two\nlines \u2028 🎉")
    assert read(write_line(record)) == [GoodLine(1, record)]


def test_a_line_is_the_event_as_json() -> None:
    record = make_record()
    assert json.loads(write_line(record)) == event_of(record)


def test_a_bad_line_does_not_hide_its_neighbours() -> None:
    line = write_line(make_record())
    good, bad, after = read(line + b"nonsense\n" + line)
    assert isinstance(good, GoodLine)
    assert isinstance(bad, BadLine)
    assert bad.reason.startswith("not JSON")
    assert (bad.number, after.number) == (2, 3)


def test_empty_lines_are_skipped_but_counted() -> None:
    assert [line.number for line in read(b"\n  \n" + write_line(make_record()))] == [3]


def test_the_last_line_needs_no_end() -> None:
    assert len(read(write_line(make_record()).rstrip())) == 1


def test_a_changed_event_is_a_bad_line() -> None:
    event = event_of(make_record()) | {"content": "changed"}
    [line] = read(json.dumps(event).encode())
    assert isinstance(line, BadLine)
    assert "hash" in line.reason


def test_an_overlong_line_is_skipped_to_its_end() -> None:
    line = write_line(make_record())
    bad, good = read(b"[" * (3 * LINE_BYTES_MAX) + b"\n" + line)
    assert bad == BadLine(1, f"longer than {LINE_BYTES_MAX} bytes")
    assert isinstance(good, GoodLine)
    assert good.number == 2


def test_deep_nesting_is_a_bad_line() -> None:
    [line] = read(b"[" * 100_000)
    assert isinstance(line, BadLine)


def test_a_record_of_the_largest_size_fits_a_line_even_escaped() -> None:
    record = make_record("\t" * 60_000)
    line = json.dumps(event_of(record)).encode()
    assert len(line) < LINE_BYTES_MAX
    assert read(line) == [GoodLine(1, record)]


@given(st.binary(max_size=400))
def test_any_bytes_are_lines_good_or_bad_or_another_encoding(data: bytes) -> None:
    try:
        lines = read(data)
    except ConfigError:
        assert 0 in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff"))
        return
    assert all(isinstance(line, BadLine) for line in lines)


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    record = make_record()
    assert read(codecs.BOM_UTF8 + write_line(record)) == [GoodLine(1, record)]


def test_lines_may_end_as_on_windows() -> None:
    record = make_record()
    assert read(write_line(record).replace(b"\n", b"\r\n") * 2) == [GoodLine(1, record), GoodLine(2, record)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_named_before_any_line(encoding: str) -> None:
    with pytest.raises(ConfigError, match=r"the file is UTF-(16|32), not UTF-8: save it"):
        read((write_line(make_record()) * 3).decode().encode(encoding))
