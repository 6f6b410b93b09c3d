import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerset.core.limits import (
    INTEGER_MAX,
    POSTPONED_SECONDS_MAX,
    RECORD_BYTES_MAX,
    RETENTION_SECONDS_MAX,
    RETENTION_SECONDS_MIN,
)
from peerset.core.rules import Manifest, Rules, canonical_json
from peerset.errors import ConfigError

WORDS = Manifest("words", 1, '{"fold":true}', (hashlib.sha256(b"list").digest(),))
LINKS = Manifest("links", 3, '{"allow":["example.org"],"max":2}')

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MAX, INTEGER_MAX)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_id_is_the_hash_of_the_canonical_text() -> None:
    rules = Rules(policies=(WORDS,))
    assert rules.text == (
        '[7776000,65536,900,[["words",1,"{\\"fold\\":true}",["' + hashlib.sha256(b"list").hexdigest() + '"]]]]'
    )
    assert rules.id == hashlib.sha256(b"peerset/rules1" + rules.text.encode()).digest()


def test_the_default_rules_keep_their_id() -> None:
    assert Rules().text == "[7776000,65536,900,[]]"
    assert Rules().id.hex() == hashlib.sha256(b"peerset/rules1[7776000,65536,900,[]]").hexdigest()


def test_the_order_of_policies_does_not_change_the_id() -> None:
    assert Rules(policies=(WORDS, LINKS)).id == Rules(policies=(LINKS, WORDS)).id


@pytest.mark.parametrize(
    "other",
    [
        Rules(retention_seconds=RETENTION_SECONDS_MAX - 1),
        Rules(record_bytes_max=RECORD_BYTES_MAX - 1),
        Rules(future_seconds=0),
        Rules(policies=(LINKS,)),
        Rules(policies=(Manifest("links", 4, LINKS.parameters),)),
        Rules(policies=(Manifest("links", 3),)),
        Rules(policies=(Manifest("links", 3, LINKS.parameters, (bytes(32),)),)),
    ],
)
def test_another_rule_is_another_id(other: Rules) -> None:
    assert other.id not in {Rules().id, Rules(policies=(WORDS,)).id}
    assert len(other.id) == 32


@pytest.mark.parametrize(
    "wrong",
    [
        {"retention_seconds": RETENTION_SECONDS_MIN - 1},
        {"retention_seconds": RETENTION_SECONDS_MAX + 1},
        {"record_bytes_max": 0},
        {"record_bytes_max": RECORD_BYTES_MAX + 1},
        {"future_seconds": -1},
        {"future_seconds": POSTPONED_SECONDS_MAX + 1},
        {"future_seconds": 900.0},
        {"future_seconds": True},
        {"policies": (WORDS, WORDS)},
    ],
)
def test_rules_that_cannot_hold_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Rules(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Words"},
        {"name": ""},
        {"name": "words\n"},
        {"name": "w" * 65},
        {"version": -1},
        {"version": INTEGER_MAX + 1},
        {"hashes": (bytes(31),)},
        {"parameters": ""},
        {"parameters": "[]"},
        {"parameters": '{"b":1,"a":2}'},
        {"parameters": '{"a": 1}'},
        {"parameters": '{"a":1,"a":1}'},
        {"parameters": '{"a":1.0}'},
        {"parameters": '{"a":-0}'},
        {"parameters": '{"a":NaN}'},
        {"parameters": '{"a":9007199254740992}'},
        {"parameters": '{"a":"\\u00e9"}'},
        {"parameters": '{"a":"\\ud800"}'},
        {"parameters": '{"é":1}'},
        {"parameters": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"},
    ],
)
def test_a_manifest_that_peers_could_write_differently_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Manifest(**{"name": "words", "version": 1, **wrong})


@given(values)
def test_canonical_json_is_json_and_does_not_change_when_written_again(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@pytest.mark.parametrize("value", [0.5, {1: 2}, {"é": 1}, 2**53, -(2**53), "\ud800", b"", [float("nan")]])
def test_what_languages_write_differently_is_no_canonical_json(value: object) -> None:
    with pytest.raises(ConfigError):
        canonical_json(value)


def test_canonical_json_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ConfigError):
        canonical_json(value)
