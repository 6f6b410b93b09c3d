"""JSON texts from strangers, and to them."""

import json
from typing import Final, NoReturn

from peerset.errors import SignalingError


def decode_object(text: str) -> dict[str, object]:
    """Decode *text*, which must be one JSON object (RFC 8259: no NaN, no Infinity).

    Raises:
        SignalingError: it is not.

    """
    try:
        value = _decode(text)
    except (ValueError, RecursionError) as error:
        raise SignalingError(f"not JSON: {quote(text)}") from error
    if not isinstance(value, dict):
        raise SignalingError(f"a JSON {type(value).__name__}, expected an object")
    return value


def encode_object(value: dict[str, object]) -> str:
    """Encode *value* compactly, in ASCII."""
    return _ENCODER.encode(value)


def quote(value: object, length_max: int = 120) -> str:
    """Show a stranger's *value* in a log line: ASCII, quoted and cut, so that it cannot forge one."""
    text = ascii(value[:length_max]) if isinstance(value, str) else type(value).__name__
    return text if len(text) <= length_max else text[:length_max] + "..."


def _decode(text: str) -> object:
    """Decode *text* as `json` does, but look for white space around it only where there is some."""
    if not text.startswith("{"):
        return _DECODER.decode(text)
    value, end = _DECODER.raw_decode(text)
    if end < len(text) and text[end:].strip(" \t\r\n"):
        raise ValueError(f"more text after the object, at {end}")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
