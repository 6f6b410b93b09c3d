"""Two local peers."""

import random

import pytest

from peerset.doctor.finding import Health
from peerset.doctor.local import examine_connection
from tests.patience import PATIENT_SECONDS

pytestmark = pytest.mark.real_time


async def test_two_peers_of_one_process_connect_and_sync() -> None:
    finding = await examine_connection(rng=random.SystemRandom(), timeout_seconds=PATIENT_SECONDS)
    assert finding.health is Health.WELL, finding
    assert finding.detail.startswith("connected and in sync within ")


async def test_what_takes_too_long_has_failed() -> None:
    finding = await examine_connection(rng=random.SystemRandom(), timeout_seconds=0.01)
    assert finding.health is Health.ILL
    assert "firewall" in finding.advice
