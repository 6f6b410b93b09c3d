"""docs/protocol.md says what the code does: diagrams, figures and the worked example."""

import hashlib
import re
from typing import Final

import pytest

import peerset.core.limits
from peerset.core import wire
from peerset.core.keys import PublicKey, verify
from peerset.core.message import Announce, Days, Fin, Hello, IdList, Message, Proof, Ranges, Records, Root, Seek, Want
from peerset.core.record import decode_record
from peerset.protocol.strikes import WEIGHTS, Fault
from tests.protocol.diagrams import MACHINES
from tests.protocol.page import PAGE, UNWRITTEN, blocks, limits, make

TEXT: Final = PAGE.read_text("utf-8")
CHAPTERS: Final = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE))
DAY: Final = 86_400


def messages() -> list[tuple[str, Message]]:
    """Read the worked example off the page: who says what."""
    found = re.findall(r"^\d+\. (A|B) says .*?```message\n(.*?)```", blocks(TEXT)["example"], re.DOTALL | re.MULTILINE)
    return [(name, wire.decode(bytes.fromhex("".join(map(_hex_of, block.splitlines()))))) for name, block in found]


def _hex_of(line: str) -> str:
    """Give the bytes of *line*; two spaces begin what is said of them."""
    return re.split(r" {2,}", line)[0]


def fact(name: str) -> bytes:
    [value] = re.findall(rf"^{name} +([0-9a-f]+)$", blocks(TEXT)["example"], re.MULTILINE)
    return bytes.fromhex(value)


def only(kind: type, name: str) -> Message:
    [message] = [message for who, message in messages() if who == name and isinstance(message, kind)]
    return message


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


@pytest.mark.parametrize("name", [*MACHINES, "example", "limits"])
def test_the_page_holds_what_the_code_makes(name: str) -> None:
    assert blocks(TEXT)[name] == make(name, TEXT), "run python -m tests.protocol.page"


def test_every_limit_has_a_meaning() -> None:
    assert f"| {UNWRITTEN} |" not in TEXT
    assert len({name for _, name in limits()}) == len(re.findall(r"^\| `[A-Z_]+` \|", CHAPTERS["Limits"], re.MULTILINE))


def test_a_limit_named_beside_its_figure_has_that_figure_anywhere() -> None:
    named = re.findall(
        r"(?<![\^\d.,])(\d[\d,]*(?:\.\d+)?)[^\d|`\n]{0,40}? \(`([A-Z_]+)`\)", TEXT.replace("2^53 - 1", str(2**53 - 1))
    )
    assert len(named) >= 40
    wrong = [(f, n) for f, n in named if float(f.replace(",", "")) != getattr(peerset.core.limits, n)]
    assert wrong == []


def test_every_chapter_is_written() -> None:
    assert [title for title, body in CHAPTERS.items() if len(body) < 400] == []


def test_the_source_cites_only_chapters_that_exist() -> None:
    cited = set()
    for path in (PAGE.parents[1] / "peerset").rglob("*.py"):
        cited |= set(re.findall(r'docs/protocol\.md, "([^"]+)"', path.read_text("utf-8")))
    headings = set(re.findall(r"^##+ (.*)$", TEXT, re.MULTILINE))
    assert cited - headings == set()


# The worked example, worked again with nothing but the formulas of the page.


def test_the_proofs_of_the_example_sign_the_transcripts_of_the_page() -> None:
    hellos = {name: only(Hello, name) for name in "AB"}
    for signer, other in ("AB", "BA"):
        ours, theirs, proof = hellos[signer], hellos[other], only(Proof, signer)
        assert isinstance(ours, Hello)
        assert isinstance(theirs, Hello)
        assert isinstance(proof, Proof)
        transcript = sha256(
            b"peerset/auth/1",
            ours.room_tag,
            *(ours.public_key, theirs.public_key, ours.nonce, theirs.nonce),
            fact(f"fingerprint of {signer}'s certificate"),
            fact(f"fingerprint of {other}'s certificate"),
        )
        assert verify(PublicKey(ours.public_key), transcript, proof.signature)


def test_the_names_of_the_example_are_those_of_the_page() -> None:
    hello, other = only(Hello, "A"), only(Hello, "B")
    assert isinstance(hello, Hello)
    assert isinstance(other, Hello)
    assert hello.room_tag == sha256(b"peerset/room/1\0peerset\0lobby")[:16]
    assert fact("salt of the session") == sha256(b"peerset/salt1", *sorted((hello.nonce, other.nonce)))[:16]


def test_the_initiator_of_the_example_has_the_smaller_nonce_and_opens_round_1() -> None:
    hellos = {name: message for name, message in messages() if isinstance(message, Hello)}
    [(initiator, root)] = [(name, message) for name, message in messages() if isinstance(message, Root)]
    assert initiator == min(hellos, key=lambda name: hellos[name].nonce)
    assert root.round == 1
    now = hellos["A"].unix
    assert root.first_day == -(-(now - 90 * DAY + 3_600) // DAY)
    assert root.upto == (now // DAY + 2) * DAY


def test_the_roots_and_keyed_forms_of_the_example_follow_from_its_records() -> None:
    records = {}
    for _, message in messages():
        if isinstance(message, Records):
            records.update({record.id: record for record in map(decode_record, message.blobs)})
    salt = fact("salt of the session")
    for _, message in messages():
        if isinstance(message, Ranges):
            listed = [short for item in message.items if isinstance(item, IdList) for short in item.short_ids]
            known = {sha256(b"peerset/sid1", salt, record_id)[:5] for record_id in records}
            # Of two listed, one is shared and was never sent.
            assert len(set(listed) - known) == 1
        if isinstance(message, Want):
            assert set(message.short_ids) <= {sha256(b"peerset/sid1", salt, record_id)[:5] for record_id in records}


def test_the_example_shows_a_round_from_root_to_the_second_fin() -> None:
    kinds = [type(message) for _, message in messages()]
    assert kinds[:4] == [Hello, Hello, Proof, Proof]
    assert set(kinds[4:]) == {Seek, Root, Days, Ranges, Want, Records, Fin}
    assert kinds.count(Fin) == 2
    assert kinds[-1] is Fin
    assert Announce not in kinds


def test_the_weights_of_faults_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d.]+) \|", CHAPTERS["Strikes"], re.MULTILINE)
    assert {name: float(points) for name, points in rows} == {fault.value: WEIGHTS[fault] for fault in Fault}
