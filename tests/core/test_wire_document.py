"""What docs/protocol.md says of messages and records, compared with what the code does."""

import hashlib
import json
import re
from pathlib import Path
from typing import Final

import peerset.core.limits
from peerset.core.message import GoodbyeReason, Role
from peerset.core.record import canonical_json, decode_record
from peerset.core.rules import Rules
from peerset.core.wire import LAYOUTS

ROOT: Final = Path(__file__).parents[2]
CHAPTERS: Final = dict(
    re.findall(
        r"^## (.*?)\n(.*?)(?=^## |\Z)", (ROOT / "docs" / "protocol.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
)
RECORDS: Final[str] = CHAPTERS["Records"]
MESSAGES: Final[str] = CHAPTERS["Messages"]
VECTORS: Final = json.loads((ROOT / "tests" / "vectors" / "messages.json").read_text("utf-8"))


def hex_of(block: str) -> str:
    """Join the bytes of an annotated example; two spaces begin the annotation of a line."""
    return "".join(re.split(r" {2,}", line)[0].replace(" ", "") for line in block.splitlines())


def rows(message: str) -> list[tuple[str, str, str]]:
    """Give field, wire form and limits of each row of *message* in the table of messages."""
    return re.findall(rf"^\| \d+ \| {message} \| (\w+) \| (.*?) \|(.*)\|$", MESSAGES, re.MULTILINE)


def test_the_table_names_every_message_and_field_in_order() -> None:
    documented = re.findall(r"^\| (\d+) \| (\w+) \| (\w+) \|", MESSAGES, re.MULTILINE)
    assert documented == [
        (str(number), layout.kind.__name__, field) for number, layout in LAYOUTS.items() for field in layout.fields
    ]


def test_every_role_and_reason_stands_in_the_table() -> None:
    texts = {field: limits for message in ("Hello", "Goodbye") for field, _, limits in rows(message)}
    for field, choices in (("role", Role), ("reason", GoodbyeReason)):
        listed = ", ".join(f"{member.value} {member.name.lower().replace('_', ' ')}" for member in choices)
        assert texts[field].strip() == f"{listed}."


def test_a_limit_named_beside_its_figure_has_that_figure() -> None:
    named = re.findall(
        r"\b(\d[\d,]*)[^\d|`]* \(`([A-Z_]+)`\)", (RECORDS + MESSAGES).replace("2^53 - 1", str(2**53 - 1))
    )
    assert len(named) >= 15
    for figure, limit in named:
        assert (limit, int(figure.replace(",", ""))) == (limit, getattr(peerset.core.limits, limit))


def test_the_examples_of_messages_are_vectors() -> None:
    vectors = {vector["name"]: vector["hex"] for vector in VECTORS["accepted"]}
    examples = re.findall(r"^\*([^*\n]*)\*:\n\n```message\n(.*?)```", MESSAGES, re.DOTALL | re.MULTILINE)
    assert len(examples) == 3
    for name, block in examples:
        assert hex_of(block) == vectors[name]


def test_the_example_of_a_record_has_the_id_and_the_canonical_json_beside_it() -> None:
    [block] = re.findall(r"```record\n(.*?)```", RECORDS, re.DOTALL)
    record = decode_record(bytes.fromhex(hex_of(block)))
    text = canonical_json(record.author, record.created_at, record.kind, record.tags, record.content)
    assert record.has_valid_signature()
    assert f"`{record.id.hex()}`" in RECORDS
    assert hashlib.sha256(text).digest() == record.id
    assert f"\n{text.decode()}\n" in RECORDS


def test_the_id_of_unchanged_rules_is_the_one_given() -> None:
    assert f"`{Rules().text}` and the id\n`{Rules().id.hex()}`" in MESSAGES
