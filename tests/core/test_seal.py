import json
import random
import runpy
from pathlib import Path
from typing import Final

import pytest

from peerset.core.limits import SEAL_PASSPHRASE_BYTES_MAX, SEALS_MAX
from peerset.core.seal import Seal, Seals, Secret, make_seals, new_seal, read_seal_text, seal_text, secret_of
from peerset.core.signal import RoomTag
from peerset.errors import ConfigError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
SEAL: Final = json.loads((VECTORS / "seal.json").read_text("utf-8"))
ROOM: Final = RoomTag(bytes.fromhex(SEAL["room"]))
SECRET: Final = Secret(bytes.fromhex(SEAL["secret"]))


def test_the_vectors_are_what_their_script_writes() -> None:
    assert runpy.run_path(str(VECTORS / "make_seal.py"))["make"]() == (VECTORS / "seal.json").read_text("utf-8")


@pytest.mark.parametrize("case", SEAL["secrets"], ids=[f"{case['text'][:9]} {case['id']}" for case in SEAL["secrets"]])
def test_a_secret_has_the_keys_of_the_vector(case: dict[str, str]) -> None:
    secret = read_seal_text(case["text"])
    seal = Seal(secret, RoomTag(bytes.fromhex(case["room"])))
    assert (secret.hex(), seal_text(secret)) == (case["secret"], case["text"])
    assert (seal.content_key.hex(), seal.id.hex()) == (case["content_key"], case["id"])
    assert seal.hidden("c", "places") == case["c places"]
    assert seal.hidden("d", "places/berlin") == case["d places/berlin"]


@pytest.mark.parametrize("case", SEAL["passphrases"][:3], ids=["a room", "another room", "in two scripts"])
def test_a_passphrase_gives_the_secret_of_the_vector(case: dict[str, str]) -> None:
    assert secret_of(case["passphrase"], RoomTag(bytes.fromhex(case["room"]))).hex() == case["secret"]


def test_it_does_not_matter_how_a_passphrase_was_composed() -> None:
    apart, composed = SEAL["passphrases"][3:]
    assert apart["passphrase"] != composed["passphrase"]
    assert apart["secret"] == composed["secret"]


@pytest.mark.parametrize("case", SEAL["refusals"], ids=[case["name"] for case in SEAL["refusals"]])
def test_what_begins_as_a_secret_and_is_none_is_no_passphrase_and_is_not_repeated(case: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        make_seals([case["text"]], ROOM)
    assert case["text"] not in str(refused.value) or case["text"] == "seal1"


@pytest.mark.parametrize("passphrase", ["", "\ud800 and more", "x" * (SEAL_PASSPHRASE_BYTES_MAX + 1)])
def test_a_passphrase_that_is_none_is_refused_and_not_repeated(passphrase: str) -> None:
    with pytest.raises(ConfigError, match="the passphrase of the seal") as refused:
        secret_of(passphrase, ROOM)
    assert "and more" not in str(refused.value)


def test_a_passphrase_of_a_megabyte_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError, match=f"has 1000000 bytes; at most {SEAL_PASSPHRASE_BYTES_MAX} go") as refused:
        make_seals(["x" * 1_000_000], ROOM)
    assert "xx" not in str(refused.value)
    # What is composed anew may be longer: what counts is what Argon2id takes.
    with pytest.raises(ConfigError, match="has 2310 bytes"):
        secret_of("\ufdfa" * 70, ROOM)


def test_of_several_secrets_the_wrong_one_is_told_by_its_place_and_not_repeated() -> None:
    good = seal_text(SECRET)
    with pytest.raises(ConfigError, match=r"secret 2 of 3: seal1\.\.\. has a wrong character or checksum") as refused:
        make_seals([good, good[:-1] + "b", good], ROOM)
    assert good[5:20] not in str(refused.value)


@pytest.mark.parametrize("count", [0, SEALS_MAX + 1])
def test_there_are_one_to_sixteen_secrets(count: int) -> None:
    with pytest.raises(ConfigError, match=f"1 to {SEALS_MAX} secrets"):
        make_seals([seal_text(SECRET)] * count, ROOM)


def test_the_newest_of_several_seals_and_white_space_around_one_does_not_matter() -> None:
    newer = new_seal(random.Random(1))
    seals = make_seals([f" {newer}\n", seal_text(SECRET).upper()], ROOM)
    ours = Seal(read_seal_text(newer), ROOM), Seal(SECRET, ROOM)
    assert (seals.newest.id, list(seals.by_id)) == (ours[0].id, [seal.id for seal in ours])
    assert seals.hidden("c", "places") == [seal.hidden("c", "places") for seal in ours]


def test_no_secret_and_no_key_shows() -> None:
    seal = Seal(SECRET, ROOM)
    for shown in (repr(seal), repr(Seals([seal]))):
        assert seal.id.hex() in shown
        assert SECRET.hex() not in shown
        assert seal.content_key.hex() not in shown


def test_two_drawn_secrets_differ() -> None:
    assert new_seal() != new_seal()
