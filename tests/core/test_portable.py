"""Which policies an address may name."""

from importlib.metadata import entry_points

import pytest

from peerset.core.portable import OF_ENVELOPES, PORTABLE, check_portable
from peerset.errors import ConfigError
from peerset.plugins import open_policy

NPUB = "npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d"
SPECS = {
    "age": "earliest=2026-01-01",
    "authors": f"allow={NPUB}",
    "freshness": "maximum=7d",
    "geo": "south=1,west=1,north=2,east=2",
    "kinds": "allow=1078",
    "links": "allow=zoom.us",
    "moderators": NPUB,
    "pins": f"allow={NPUB}",
    "quota": "newest=5",
    "revoked": f"owners={NPUB}",
    "schema": "text=title",
    "work": "bits=8",
    "writers": f"owners={NPUB},collections=places",
}


def test_every_policy_that_an_address_may_name_is_there() -> None:
    installed = {entry.name for entry in entry_points(group="peerset.policies")}
    assert set(PORTABLE) <= installed
    assert "command" not in PORTABLE


@pytest.mark.parametrize("name", sorted(set(PORTABLE) - {"language"}))  # It needs an extra.
def test_no_policy_takes_a_file_by_what_an_address_may_say(name: str) -> None:
    spec = f"{name}:{SPECS[name]}" if name in SPECS else name
    check_portable(spec)
    policy = open_policy(spec)
    assert policy.name == name
    assert getattr(policy, "judges_envelopes", False) == (name in OF_ENVELOPES)


@pytest.mark.parametrize(
    "spec",
    [
        "command:sh",
        "words:list=a",
        "pins:allow-file=a",
        "words:languages=en, list=a",
        "authors:deny-file=a",
        "schema:file=a",
        'words:{"list":"a"}',
    ],
)
def test_no_program_and_no_file_is_named(spec: str) -> None:
    with pytest.raises(ConfigError, match="address"):
        check_portable(spec)
