"""Secret keys as words."""

import json
import random
import runpy
from pathlib import Path
from typing import Any, Final

import pytest

from peerset.core.nip06 import WORD_COUNTS, WORDS_ENTROPY_BYTES, key_of_words, words_of
from peerset.errors import ConfigError

FOLDER: Final = Path(__file__).parents[1] / "vectors"
MADE: Final = runpy.run_path(str(FOLDER / "make_nip06.py"))
VECTORS: Final = json.loads((FOLDER / "nip06.json").read_text(encoding="utf-8"))


def test_the_vectors_are_what_their_script_writes_and_begin_with_those_of_nip_06() -> None:
    assert MADE["make"]() == (FOLDER / "nip06.json").read_text(encoding="utf-8")
    assert [(row["words"], row["secret"]) for row in VECTORS["keys"][:2]] == list(MADE["OFFICIAL"])


@pytest.mark.parametrize("row", VECTORS["keys"], ids=lambda row: f"{row['words'][:20]} {row['account']}")
def test_words_stand_for_their_key(row: dict[str, Any]) -> None:
    key = key_of_words(row["words"], account=row["account"], passphrase=row["passphrase"])
    assert key.secret.hex() == row["secret"]


@pytest.mark.parametrize("row", VECTORS["refusals"], ids=lambda row: row["says"])
def test_what_are_no_words_is_refused_and_none_is_repeated(row: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        key_of_words(row["words"], account=row["account"])
    assert row["says"] in str(caught.value)
    assert not {word for word in row["words"].split() if len(word) > 4} & set(str(caught.value).split())


def test_any_entropy_is_written_as_words_that_are_read_again() -> None:
    rng = random.Random(6)
    counts = [len(words_of(rng.randbytes(size)).split()) for size in (16, 20, 24, 28, 32)]
    assert tuple(counts) == WORD_COUNTS
    drawn = {key_of_words(words_of(rng.randbytes(WORDS_ENTROPY_BYTES))).secret for _ in range(8)}
    assert len(drawn) == 8
