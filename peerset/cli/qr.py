"""QR codes on terminals (ISO/IEC 18004)."""

import io
import sys

import segno

from peerset.errors import ConfigError


def show_qr(text: str) -> None:
    """Draw *text* as a QR code on standard error, two modules in the height of a line.

    Raises:
        ConfigError: it is longer than a QR code can be, 2,953 bytes.

    """
    sys.stderr.write(drawn(text))


def drawn(text: str) -> str:
    """Give *text* as a QR code of lines, in the colours of a terminal.

    Raises:
        ConfigError: it is longer than a QR code can be.

    """
    target = io.StringIO()
    try:
        code = segno.make_qr(text, error="l")
    except segno.DataOverflowError as error:
        raise ConfigError(f"a QR code holds at most 2,953 bytes, not {len(text.encode())}") from error
    code.terminal(target, compact=True)
    return target.getvalue()
