"""Tells functions apart by what they do, alike in every run of a program, so that what they made can be made anew."""

import hashlib
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any, Final

FINGERPRINT_DIGITS: Final = 16


def fingerprint_of(function: Callable[..., Any]) -> str:
    """Give a text that changes when the code of *function* does; that of what it calls is not looked at."""
    return hashlib.sha256(repr(_said(function)).encode()).hexdigest()[:FINGERPRINT_DIGITS]


def _said(value: object) -> object:
    match value:
        case partial():
            return _said(value.func), _said(value.args), _said(tuple(sorted(value.keywords.items())))
        case tuple():
            return tuple(map(_said, value))
        case frozenset():
            return sorted(map(repr, value))
        case CodeType():
            return value.co_code.hex(), value.co_names, _said(value.co_consts)
        case bool() | int() | float() | str() | bytes() | None:
            return value
        case _:
            return _said_by_code(value)


def _said_by_code(value: object) -> object:
    # Of an object that can be called, its class says what it does.
    called = value if hasattr(value, "__code__") else vars(type(value)).get("__call__")
    code = getattr(called, "__code__", None)
    if code is not None:
        return _said(code), _said(getattr(called, "__defaults__", None))
    # Not written in Python, or nothing that has a code: its name has to do.
    return getattr(value, "__qualname__", type(value).__qualname__)
