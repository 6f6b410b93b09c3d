"""Fingerprints of functions."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from peerset.documents.fingerprint import FINGERPRINT_DIGITS, fingerprint_of

SOURCE = "lambda value: {**value, 'kind': value['kind'] in {'a', 'b', 'c'}, 'n': (lambda: 1.5)()}"


class Upgrade:
    def __init__(self, city: str) -> None:
        self.city = city

    def __call__(self, value: dict[str, Any]) -> dict[str, Any]:
        return value | {"city": self.city}


def test_functions_are_told_apart_by_what_they_do_and_not_by_where_they_stand() -> None:
    functions: list[Callable[..., Any]] = [
        lambda value: value,
        lambda value: [value],
        lambda value: {"a": value},
        lambda value: {"b": value},
        lambda value: value["a"],
        lambda value: value["b"],
        lambda value, more=1: value + more,
        lambda value, more=2: value + more,
        partial(dict, a=1),
        partial(dict, a=2),
        Upgrade("Berlin"),
        dict,
        str,
        eval(SOURCE),
    ]
    found = [fingerprint_of(each) for each in functions]
    assert len(set(found)) == len(functions)
    assert {len(each) for each in found} == {FINGERPRINT_DIGITS}
    assert fingerprint_of(lambda value: value) == found[0]


def test_it_is_alike_in_every_run() -> None:
    script = f"from peerset.documents.fingerprint import fingerprint_of; print(fingerprint_of({SOURCE}))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert runs == [fingerprint_of(eval(SOURCE))] * 2
