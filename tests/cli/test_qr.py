"""QR codes on terminals: read by another implementation, from what the terminal shows."""

import numpy as np
import pytest
import zxingcpp

from peerset.cli.qr import drawn
from peerset.errors import ConfigError

HALVES = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
"""Which halves of a cell are light."""


def read(text: str) -> str:
    """Read the QR code that a terminal shows of *text*, eight points to a module."""
    rows: list[list[int]] = []
    for line in text.splitlines():
        rows += [[HALVES[character][half] for character in line] for half in (0, 1)]
    image = np.kron(np.array(rows, dtype=np.uint8), np.ones((8, 8), dtype=np.uint8)) * 255
    [found] = zxingcpp.read_barcodes(image)
    return str(found.text)


@pytest.mark.parametrize("text", ["peerset:peerset/lobby", "peerset:chess/lobby#seal=" + "q" * 63, "x" * 2_000])
def test_what_is_drawn_is_read_by_a_scanner(text: str) -> None:
    assert read(drawn(text)) == text


def test_what_is_too_long_for_a_code_is_said() -> None:
    with pytest.raises(ConfigError, match="at most 2,953 bytes, not 3000"):
        drawn("x" * 3_000)
