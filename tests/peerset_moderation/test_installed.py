"""Every shipped policy is installed under its name and keeps the promises of its class."""

import pytest

from peerset.moderation.rulebook import open_policies
from peerset.plugins import POLICIES, installed, open_policy
from peerset.testing.check_policy import check_policy

SPECS = (
    "age:earliest=2026-01-01",
    "authors:deny=npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d",
    "budget",
    "duplicates",
    "freshness:maximum=7d",
    "geo:south=-10,north=10,west=-10,east=10",
    "kinds:allow=1078",
    "links:allow=zoom.us",
    "near-duplicates",
    "pins:allow=npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d",
    "quota:newest=5",
    "rate",
    "schema:text=text",
    "words",
    "work:bits=4",
    "writers:owners=npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d",
)
NEEDS_PACKAGES = {"language"}
"""These need an optional package, and have tests of their own."""


def test_every_installed_policy_of_ours_is_checked_here() -> None:
    assert {spec.partition(":")[0] for spec in SPECS} | NEEDS_PACKAGES <= set(installed(POLICIES))


@pytest.mark.real_time
@pytest.mark.parametrize("spec", SPECS)
async def test_a_shipped_policy_keeps_its_word(spec: str) -> None:
    await check_policy(spec)


def test_all_of_them_can_moderate_one_room() -> None:
    rulebook = open_policies(SPECS)
    assert len(rulebook.admission) + len(rulebook.set_rules) + len(rulebook.views) == len(SPECS)


def test_a_policy_is_called_what_it_is_installed_as() -> None:
    assert [open_policy(spec).name for spec in SPECS] == [spec.partition(":")[0] for spec in SPECS]
