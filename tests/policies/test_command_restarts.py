"""A policy's command that ends is started again, within its budget and as the same policy."""

import sys
from pathlib import Path

import pytest

from peerset.core.verdict import Accept
from peerset.errors import PolicyError
from peerset.policies.command import RESTART_WINDOW_SECONDS, RESTARTS_MAX, CommandPolicy
from tests.policies.conftest import PATIENT_SECONDS, TOUCHY, JumpingClock, Program, is_gone, patient
from tests.protocol.pair import make_record

pytestmark = pytest.mark.real_time

RECORDS = [make_record(number) for number in range(5)]


def test_a_command_that_ends_between_batches_is_started_again(program: Program) -> None:
    policy = patient(program("introduce()\naccept(next(questions()))"))
    assert policy.judge(RECORDS[:1]) == [Accept()]
    with pytest.raises(PolicyError, match="ended with exit code 0"):
        policy.judge(RECORDS[:1])
    assert policy.judge(RECORDS[:1]) == [Accept()]
    policy.close()


def test_restarts_are_counted_and_come_back_after_their_window(program: Program) -> None:
    clock = JumpingClock()
    argv = program(TOUCHY.replace("MISBEHAVE", "sys.exit(3)"))
    policy = CommandPolicy(argv, timeout_seconds=PATIENT_SECONDS, start_timeout_seconds=PATIENT_SECONDS, clock=clock)
    for _ in range(1 + RESTARTS_MAX):
        with pytest.raises(PolicyError, match="exit code 3"):
            policy.judge(RECORDS[2:3])
    with pytest.raises(PolicyError, match="was restarted 5 times in 600 s and rests"):
        policy.judge(RECORDS[:1])
    clock.ahead += RESTART_WINDOW_SECONDS
    assert policy.judge(RECORDS[:1]) == [Accept()]
    policy.close()


def test_a_command_that_becomes_another_policy_is_never_asked_again(program: Program, tmp_path: Path) -> None:
    policy = patient(program("introduce(version=count_lives())\naccept(next(questions()))"))
    policy.judge(RECORDS[:1])
    with pytest.raises(PolicyError, match="ended"):
        policy.judge(RECORDS[:1])
    for _ in range(3):
        with pytest.raises(PolicyError, match="introduced itself as another policy when restarted"):
            policy.judge(RECORDS[:1])
    assert tmp_path.joinpath("lives").read_text() == "xx"
    assert policy.manifest.version == 1
    assert policy.pid is None
    policy.close()


def test_a_command_that_is_gone_at_its_restart_is_named(program: Program, tmp_path: Path) -> None:
    argv = program("introduce()\naccept(next(questions()))")
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    policy = patient([str(link), *argv[1:]])
    policy.judge(RECORDS[:1])
    link.unlink()
    with pytest.raises(PolicyError, match="ended"):
        policy.judge(RECORDS[:1])
    with pytest.raises(PolicyError, match="cannot be started again: No such file"):
        policy.judge(RECORDS[:1])
    policy.close()


def test_a_slow_start_costs_batches_but_no_restart(program: Program) -> None:
    clock = JumpingClock()
    source = "lives = count_lives()\nif lives == 2: sys.stdin.read()\nintroduce()\naccept(next(questions()))"
    policy = CommandPolicy(program(source), timeout_seconds=0.3, start_timeout_seconds=PATIENT_SECONDS, clock=clock)
    while policy.pid is not None:
        try:
            policy.judge(RECORDS[:1])
        except PolicyError:
            break
    with pytest.raises(PolicyError, match="is still starting"):
        policy.judge(RECORDS[:1])
    pid = policy.pid
    assert pid is not None
    clock.ahead += PATIENT_SECONDS
    with pytest.raises(PolicyError, match=f"did not introduce itself within {PATIENT_SECONDS:g} s"):
        policy.judge(RECORDS[:1])
    assert is_gone(pid)
    policy.close()


def test_nonsense_at_a_restart_ends_it(program: Program) -> None:
    policy = patient(
        program("introduce() if count_lives() == 1 else print('hello', flush=True)\naccept(next(questions()))")
    )
    policy.judge(RECORDS[:1])
    with pytest.raises(PolicyError, match="ended"):
        policy.judge(RECORDS[:1])
    with pytest.raises(PolicyError, match="no JSON in UTF-8: 'hello'"):
        policy.judge(RECORDS[:1])
    policy.close()
