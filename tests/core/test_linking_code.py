"""Codes that link a device, as texts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.address import parse_address
from peerset.core.keys import SecretKey
from peerset.core.linking_code import LinkingCode, is_code, parse_code
from peerset.errors import ConfigError

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "links.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", VECTORS["codes"], ids=range(len(VECTORS["codes"])))
def test_a_code_is_written_and_read_as_in_the_vectors(row: dict[str, Any]) -> None:
    key = SecretKey(bytes.fromhex(row["key"]))
    assert LinkingCode(key, parse_address(row["asking"]), row["page"]).text == row["text"]
    assert is_code(f"\n{row['text']} ")
    read = parse_code(f"\n{row['text']} ")
    assert (read.key, read.owner.hex(), read.until, read.page) == (key, row["owner"], row["until"], row["page"])
    assert (read.asking, read.room, read.text) == (row["asking"], row["room"], row["text"])


def test_a_code_is_shown_without_its_secrets() -> None:
    code = parse_code(VECTORS["codes"][2]["text"])
    shown = repr(code)
    assert not any(secret in shown for secret in (code.key.secret.hex(), *code.address.grants, *code.address.seals))
    assert replace(code, page="").text.startswith("peerset-device:")


@pytest.mark.parametrize("text", VECTORS["damaged"], ids=range(len(VECTORS["damaged"])))
def test_what_is_no_code_is_damaged_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^this code for a new device is damaged: have the other device show.*$"):
        parse_code(text)


def test_a_text_of_a_megabyte_is_no_code() -> None:
    with pytest.raises(ConfigError, match="damaged"):
        parse_code(VECTORS["codes"][0]["text"] + "x" * 1_000_000)
