"""Authors: who may publish, from parameters and files."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from peerset import ConfigError, PolicyClass, PublicKey, Reject, npub
from peerset_moderation.authors import FILE_BYTES_MAX, AuthorPolicy
from tests.peerset_moderation.records import key, make_record

VECTORS: Final = json.loads((Path(__file__).parents[1] / "vectors" / "grants.json").read_text("utf-8"))
ALICE, BOB, CAROL = (key(number).public_key for number in (1, 2, 3))


def rules(policy: AuthorPolicy) -> list[str]:
    verdicts = policy.judge([make_record(author=number) for number in (1, 2, 3)])
    return [verdict.rule if isinstance(verdict, Reject) else "" for verdict in verdicts]


def keys_of(texts: list[str]) -> list[PublicKey]:
    return [PublicKey(bytes.fromhex(text)) for text in texts]


def test_it_decides_admission() -> None:
    assert AuthorPolicy(deny=[ALICE]).policy_class is PolicyClass.ADMISSION


def test_npub_and_hex_name_the_same_author() -> None:
    by_npub = AuthorPolicy.parse(f"allow={npub(ALICE)},{npub(BOB)}")
    by_hex = AuthorPolicy.parse(f"allow={BOB.hex()},{ALICE.hex().upper()}")
    assert rules(by_npub) == rules(by_hex) == ["", "", "allow"]
    assert by_npub.manifest == by_hex.manifest


def test_the_denied_are_refused_even_when_allowed() -> None:
    policy = AuthorPolicy.parse(f"allow={ALICE.hex()},{BOB.hex()},deny={BOB.hex()}")
    assert rules(policy) == ["", "deny", "allow"]
    assert rules(AuthorPolicy.parse(f"deny={CAROL.hex()}")) == ["", "", "deny"]


def test_lists_come_from_files_too(tmp_path: Path) -> None:
    path = tmp_path / "members.txt"
    path.write_text(f"\ufeff# members\n{npub(ALICE)}  # Alice\n\n  {BOB.hex()}\r\n", "utf-8")
    policy = AuthorPolicy.parse(f"allow-file={path}")
    assert rules(policy) == ["", "", "allow"]
    assert policy.manifest == AuthorPolicy.parse(f"allow={ALICE.hex()},{BOB.hex()}").manifest
    assert rules(AuthorPolicy.parse(f"deny-file={path},deny={CAROL.hex()}")) == ["deny", "deny", "deny"]


def test_an_empty_list_of_allowed_authors_allows_nobody(tmp_path: Path) -> None:
    path = tmp_path / "nobody.txt"
    path.touch()
    assert rules(AuthorPolicy.parse(f"allow-file={path}")) == ["allow", "allow", "allow"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"npub1nonsense\n", "line 1: 'npub1nonsense' is neither"),
        (ALICE.hex().encode() + b"\n" + b"ff" * 32 + b"\n", "line 2"),
        (b"# only\n\xff\xfe\n", "not UTF-8"),
        (b"#" * (FILE_BYTES_MAX + 1), "longer than 16777216 bytes"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=message):
        AuthorPolicy.parse(f"deny-file={path}")


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"deny-file: .*gone.txt cannot be read: No such file"):
        AuthorPolicy.parse(f"deny-file={tmp_path / 'gone.txt'}")


@pytest.mark.parametrize(
    "parameters", ["", "allow=", "deny=alice", "deny=" + "ff" * 32, "deny=" + "zz" * 32, "ban=alice"]
)
def test_wrong_parameters_are_refused(parameters: str) -> None:
    with pytest.raises(ConfigError, match="authors"):
        AuthorPolicy.parse(parameters)


def test_the_manifest_changes_with_the_lists() -> None:
    policies = (
        AuthorPolicy(deny=[ALICE]),
        AuthorPolicy(deny=[BOB]),
        AuthorPolicy(allow=[ALICE]),
        AuthorPolicy(allow=[]),
        AuthorPolicy(allow=[ALICE], deny=[BOB]),
    )
    assert len({policy.manifest for policy in policies}) == 5


def test_it_may_be_about_some_collections_and_is_another_policy_then() -> None:
    policy = AuthorPolicy.parse(f"allow={ALICE.hex()},collections=places,notes")
    assert policy.manifest.parameters == '{"allow":1,"collections":["notes","places"],"deny":0}'
    assert policy.manifest != AuthorPolicy.parse(f"allow={ALICE.hex()}").manifest
    asked = [
        make_record(author=2, tags=[("c", "places")]),
        make_record(author=1, tags=[("c", "places")]),
        make_record(author=2, tags=[("c", "chat")]),
        make_record(author=2),
        make_record(author=2, kind=5, tags=[("c", "places")]),
    ]
    verdicts = policy.judge(asked)
    assert [isinstance(verdict, Reject) for verdict in verdicts] == [True, False, False, False, False]


@pytest.mark.parametrize("figures", VECTORS["authors"], ids=lambda figures: figures["parameters"])
def test_its_manifest_is_that_of_the_vectors(figures: dict[str, Any]) -> None:
    allow, deny = (None if each is None else keys_of(each) for each in (figures["allow"], figures["deny"]))
    policy = AuthorPolicy(allow=allow, deny=deny or (), collections=figures["collections"])
    assert (policy.manifest.parameters, policy.manifest.id.hex()) == (figures["parameters"], figures["manifest"])


def test_somebody_is_to_be_listed_whatever_the_collections() -> None:
    with pytest.raises(ConfigError, match="give allow="):
        AuthorPolicy.parse("collections=places")
