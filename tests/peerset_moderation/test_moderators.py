"""Moderators: their labels hide what they name, and nobody else's do."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

import peerset
from peerset.core.record import record_of
from peerset.moderation.shadows import Shadows
from peerset.plugins import open_policy
from peerset.testing.check_policy import check_policy
from peerset_moderation.moderators import MODERATORS_MAX, ModeratorRule
from peerset_moderation.revoked import RevokedRule

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "labels.json").read_text("utf-8"))
MODERATOR, WRITER, READER = (peerset.SecretKey(bytes([number]) * 32) for number in (1, 2, 3))
MODERATED: Final = f"moderators:{peerset.npub(MODERATOR.public_key)}"


def rule_of(said: dict[str, Any]) -> peerset.SetRule:
    keys = [
        peerset.PublicKey(bytes.fromhex(each)) for each in said["options"].get("keys", said["options"].get("owners"))
    ]
    if said["name"] == "moderators":
        return ModeratorRule(keys=keys, mutual=said["options"]["mutual"])
    return RevokedRule(owners=keys)


@pytest.mark.parametrize("said", VECTORS["rules"], ids=lambda said: said["parameters"][-30:])
def test_a_rule_has_the_manifest_of_the_vectors(said: dict[str, Any]) -> None:
    assert rule_of(said).manifest.id.hex() == said["manifest"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_what_is_shadowed_and_why_whatever_comes_first(case: dict[str, Any]) -> None:
    records = [record_of(event) for event in case["events"]]
    for order in (records, records[::-1]):
        shadows = Shadows([rule_of(VECTORS["rules"][case["rule"]])])
        for each in order:
            shadows.add([each])
        found = [shadows.shadowing(each.id) for each in records]
        assert [None if each is None else each.reason for each in found] == case["why"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_what_a_pin_shows_is_shadowed_as_its_record_was(case: dict[str, Any]) -> None:
    records = [record_of(event) for event in case["events"]]
    shadows = Shadows([rule_of(VECTORS["rules"][case["rule"]])])
    hidden = [record for record, why in zip(records, case["why"], strict=True) if why]
    shadows.show(hidden)
    shadows.add([record for record in records if record not in hidden])
    found = [shadows.shadowing(each.id) for each in records]
    assert [None if each is None else each.reason for each in found] == case["why"]


@pytest.mark.parametrize(
    "spec",
    [MODERATED, f"{MODERATED.replace(':', ':keys=')},mutual=yes", MODERATED.replace("moderators:", "revoked:owners=")],
)
async def test_they_keep_their_word(spec: str) -> None:
    await check_policy(spec)


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("moderators", "1 to 64 moderators, not 0"),
        ("moderators:npub1nobody", "neither an npub nor a public key"),
        ("moderators:keys=npub1nobody", "neither an npub nor a public key"),
        (f"{MODERATED},mutual=perhaps", "mutual"),
        ("revoked", "1 to 64 owners, not 0"),
        ("revoked:owners=x", "neither an npub nor a public key"),
        ("revoked:keys=x", "unknown parameter"),
    ],
)
def test_a_spec_that_cannot_be_meant_is_refused(spec: str, error: str) -> None:
    with pytest.raises(peerset.ConfigError, match=error):
        open_policy(spec)


def test_there_are_not_too_many() -> None:
    keys = [peerset.SecretKey(bytes([number + 1]) * 32).public_key for number in range(MODERATORS_MAX + 1)]
    with pytest.raises(peerset.ConfigError, match="not 65"):
        ModeratorRule(keys=keys)
