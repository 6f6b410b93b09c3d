"""Writers: who owns a room, and who carries a grant."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from peerset import ConfigError, GrantPolicy, PolicyClass, PublicKey, Reject, npub
from peerset.core.record import record_of
from peerset_moderation.writers import OWNERS_MAX, WriterPolicy
from tests.peerset_moderation.records import key

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "grants.json").read_text("utf-8"))
ALICE, BOB = (key(number).public_key for number in (1, 2))


def policy_of(figures: dict[str, Any]) -> WriterPolicy:
    owners = [PublicKey(bytes.fromhex(owner)) for owner in figures["owners"]]
    return WriterPolicy(owners=owners, collections=figures["collections"])


@pytest.mark.parametrize("figures", VECTORS["policies"])
def test_its_manifest_is_that_of_the_vectors(figures: dict[str, Any]) -> None:
    manifest = policy_of(figures).manifest
    assert (manifest.parameters, manifest.id.hex()) == (figures["parameters"], figures["manifest"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_it_judges_as_in_the_vectors(case: dict[str, Any]) -> None:
    record = record_of(case["event"])
    assert record.has_valid_signature()
    (verdict,) = policy_of(VECTORS["policies"][case["policy"]]).judge([record])
    said = (verdict.rule, verdict.reason) if isinstance(verdict, Reject) else (None, None)
    assert said == (case["rule"], case["reason"])


def test_it_is_an_admission_policy_that_asks_for_grants() -> None:
    policy = WriterPolicy.parse(f"owners={npub(ALICE)},collections=places,notes")
    assert policy.policy_class is PolicyClass.ADMISSION
    assert isinstance(policy, GrantPolicy)
    asked = [policy.asks(author, 1_078, "notes") for author in (ALICE, BOB)]
    assert (asked, policy.asks(BOB, 1_078, "chat"), policy.asks(BOB, 5, "notes")) == ([False, True], False, False)


def test_the_order_of_owners_and_collections_means_nothing() -> None:
    one = WriterPolicy.parse(f"owners={npub(ALICE)},{BOB.hex()},collections=places,notes")
    other = WriterPolicy(owners=[BOB, ALICE, BOB], collections=["notes", "places", "notes"])
    assert one.manifest == other.manifest


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ("", "owners|owner"),
        ("owners=", "owners needs a value"),
        ("owners=me", "neither an npub nor a public key"),
        (f"owners={'00' * 32}", "neither an npub nor a public key"),
        (f"owner={'00' * 32}", "unknown parameter 'owner'"),
        (f"owners={npub(ALICE)},collections=", "collections needs a value"),
        (f"owners={npub(ALICE)},collections=*", "leave collections out for all"),
        (f"owners={npub(ALICE)},collections=two words", "no collection's name"),
    ],
)
def test_what_cannot_be_meant_is_refused(parameters: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        WriterPolicy.parse(parameters)


def test_a_room_has_so_many_owners_and_no_more() -> None:
    with pytest.raises(ConfigError, match=f"1 to {OWNERS_MAX} owners"):
        WriterPolicy(owners=[key(number).public_key for number in range(1, OWNERS_MAX + 2)])
