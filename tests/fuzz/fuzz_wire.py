"""Feeds the wire's decoders what coverage-guided mutation comes up with (libFuzzer, by atheris).

Run it as ``python tests/fuzz/fuzz_wire.py -max_total_time=60 [corpus folder]``; libFuzzer's other flags work too. It
starts from the vectors, keeps what it learns in the corpus folder, and ends with the failing input when a decoder
gives anything but a value or its own error.
"""

import json
import sys
from pathlib import Path
from typing import Final

import atheris

with atheris.instrument_imports(include=["peerset.core"]):
    from peerset.core import packing, wire
    from peerset.core.clock import UnixTime
    from peerset.core.keys import SecretKey
    from peerset.core.message import Unknown
    from peerset.core.record import KIND_RECORD, decode_record, sign_record
    from peerset.errors import MalformedError, WireError

SIGNER: Final = SecretKey(bytes([7]) * 32)
RECORD: Final = sign_record(
    SIGNER, created_at=UnixTime(1_792_195_200), kind=KIND_RECORD, tags=[["h", "ab" * 16], ["c", "notes"]], content="né"
).wire
INPUT_BYTES_MAX: Final = 2_048
CORPUS: Final = Path(__file__).parents[2] / ".hypothesis" / "fuzz_wire"
VECTORS: Final = Path(__file__).parents[1] / "vectors" / "messages.json"


def seed(folder: Path) -> None:
    """Write every vector, and a record, as a file of its own into *folder*."""
    vectors = json.loads(VECTORS.read_text("utf-8"))
    for number, vector in enumerate([*vectors["accepted"], *vectors["ignored"], *vectors["refused"]]):
        folder.joinpath(f"vector-{number:03}").write_bytes(bytes.fromhex(vector["hex"]))
    folder.joinpath("record").write_bytes(RECORD)


def check_message(data: bytes) -> None:
    try:
        message = wire.decode(data)
    except WireError:
        return
    if not isinstance(message, Unknown):
        assert wire.encode(message) == data, f"{message} has two forms"


def check_cells(data: bytes) -> None:
    try:
        cells = packing.unpack_cells(data)
    except WireError:
        return
    assert packing.pack_cells(cells) == data, f"{cells} have two forms"


def check_ranges(data: bytes) -> None:
    try:
        items = packing.unpack_ranges(data)
    except WireError:
        return
    assert packing.pack_ranges(items) == data, f"{items} have two forms"


def check_record(data: bytes) -> None:
    try:
        record = decode_record(data)
    except MalformedError:
        return
    assert record.wire == data
    assert len(record.id) == 32


def check(data: bytes) -> None:
    """Show *data* to every decoder."""
    check_message(data)
    check_cells(data)
    check_ranges(data)
    check_record(data)


def main(arguments: list[str]) -> None:
    script, *options = arguments
    folders = [option for option in options if not option.startswith("-")] or [str(CORPUS)]
    flags = [option for option in options if option.startswith("-")]
    Path(folders[0]).mkdir(parents=True, exist_ok=True)
    seed(Path(folders[0]))
    atheris.Setup([script, f"-max_len={INPUT_BYTES_MAX}", *flags, *folders], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
