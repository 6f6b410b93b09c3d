"""Chance that both languages draw alike."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.protocol.seeded import SeededRandom

VECTOR: Final[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "vectors" / "chances.json").read_text("utf-8"))


def test_what_is_drawn_is_what_every_language_draws() -> None:
    rng = SeededRandom(VECTOR["seed"])
    assert [rng.randbytes(draw["count"]).hex() for draw in VECTOR["bytes"]] == [draw["hex"] for draw in VECTOR["bytes"]]
    assert [rng.getrandbits(32) for _ in VECTOR["whole"]] == VECTOR["whole"]
    for draw in VECTOR["uniform"]:
        assert rng.uniform(draw["low"], draw["high"]) == draw["drawn"]
    for draw in VECTOR["samples"]:
        assert rng.sample(draw["items"], draw["count"]) == draw["drawn"]
    assert rng.randbytes(4).hex() == VECTOR["then"]


def test_one_element_is_drawn_by_one_whole_number() -> None:
    one, two = SeededRandom("choice"), SeededRandom("choice")
    letters = "abcdefghij"
    assert [one.choice(letters) for _ in range(20)] == [letters[two.getrandbits(32) % 10] for _ in range(20)]


def test_what_other_languages_cannot_draw_raises() -> None:
    rng = SeededRandom("other")
    with pytest.raises(NotImplementedError):
        rng.random()
    with pytest.raises(ValueError, match="32 bits"):
        rng.getrandbits(31)
    with pytest.raises(ValueError, match="counts"):
        rng.sample(["a"], 1, counts=[1])
