"""Kinds: which are taken."""

import pytest

from peerset import ConfigError, PolicyClass, Reject
from peerset_moderation.kinds import KindPolicy
from tests.peerset_moderation.records import make_record


def rules(parameters: str, *kinds: int) -> list[str]:
    tags = [("e", "0" * 64)]
    verdicts = KindPolicy.parse(parameters).judge([make_record(kind=kind, tags=tags) for kind in kinds])
    return [verdict.rule if isinstance(verdict, Reject) else "" for verdict in verdicts]


def test_it_decides_admission() -> None:
    assert KindPolicy.parse("deny=1").policy_class is PolicyClass.ADMISSION


def test_only_allowed_kinds_and_deletions_pass() -> None:
    assert rules("allow=1078,30000-39999", 1_078, 30_000, 39_999, 40_000, 1, 5) == ["", "", "", "allow", "allow", ""]


def test_denied_kinds_are_refused_even_when_allowed() -> None:
    assert rules("allow=1-100,deny=7", 6, 7, 8) == ["", "deny", ""]
    assert rules("deny=1,5", 1, 2, 5) == ["deny", "", "deny"]


def test_the_reason_names_the_kind() -> None:
    [verdict] = KindPolicy.parse("deny=1").judge([make_record(kind=1)])
    assert verdict == Reject("kinds", "this room takes no records of kind 1", "deny")


@pytest.mark.parametrize(
    "parameters", ["", "allow=", "allow=x", "allow=65536", "allow=-1", "allow=9-3", "allow=1-", "kind=1"]
)
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="kinds"):
        KindPolicy.parse(parameters)


def test_a_list_of_kinds_has_a_limit() -> None:
    with pytest.raises(ConfigError, match="more than 256"):
        KindPolicy.parse("allow=" + ",".join(map(str, range(257))))


def test_the_same_kinds_have_the_same_manifest() -> None:
    manifests = {KindPolicy.parse(f"allow={text}").manifest for text in ("1,2,3,7", "7,1-3", "1-2,2-3,7", "2,1,7,3")}
    assert [each.parameters for each in manifests] == ['{"allow":[[1,3],[7,7]],"deny":[]}']
    assert KindPolicy.parse("deny=1").manifest != KindPolicy.parse("allow=1").manifest
