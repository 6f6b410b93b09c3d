"""The policy behind a command: verdicts, failures, restarts and the end."""

import logging
import os
import threading
from pathlib import Path

import pytest

import peerset
from peerset.core.verdict import Accept, PolicyClass, Reject
from peerset.errors import ConfigError, PolicyError
from peerset.moderation.panel import Panel
from peerset.moderation.rulebook import open_policies
from peerset.policies.command import BATCH_RECORDS_MAX, TIMEOUT_SECONDS_MAX, CommandPolicy
from peerset.testing.check_policy import check_policy
from peerset.testing.memory import MemorySwarm
from tests.policies.conftest import PATIENT_SECONDS, TOUCHY, Program, is_gone, patient, patient_spec, touchy
from tests.protocol.pair import make_record

pytestmark = pytest.mark.real_time

RECORDS = [make_record(number) for number in range(5)]
ODD = """
introduce(parameters={"rest": 1})
for question in questions():
    if int(question["record"]["content"].split()[1]) % 2:
        say(seq=question["seq"], verdict="reject", reason="odd", rule="parity", span=[7, 8])
    else:
        accept(question)
"""


def test_every_record_gets_the_verdict_of_the_command(program: Program) -> None:
    policy = patient(program(ODD))
    odd = Reject("calm", "odd", "parity", (7, 8))
    assert policy.judge(RECORDS) == [Accept(), odd, Accept(), odd, Accept()]
    assert policy.judge([]) == []
    assert policy.judge(RECORDS[1:2]) == [odd]
    assert (policy.name, policy.policy_class) == ("calm", PolicyClass.ADMISSION)
    assert policy.manifest == peerset.Manifest("calm", 1, '{"rest":1}')
    policy.close()


def test_more_records_than_a_batch_are_judged_in_parts(program: Program) -> None:
    policy = patient(program(ODD))
    verdicts = policy.judge(RECORDS * (BATCH_RECORDS_MAX // 5 + 1))
    assert len(verdicts) == 5 * (BATCH_RECORDS_MAX // 5 + 1)
    assert verdicts[:5] == verdicts[-5:]
    policy.close()


@pytest.mark.parametrize(
    ("misbehaviour", "complaint"),
    [
        ("sys.exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), 9)", "was ended by signal 9"),
        ("raise ValueError", "ended with exit code 1"),
        ("os.close(1); sys.stdin.read()", "closed its output"),
        ("print('oh no', flush=True)", "said what is no JSON in UTF-8: 'oh no'"),
        ("os.write(1, b'\\xff\\n')", "said what is no JSON in UTF-8"),
        ("question['seq'] += 1", r"answered to \d+ when \d+ was its turn"),
        ("say(seq=question['seq'], verdict='reject')", "neither accept alone nor reject with a reason"),
        ("say(seq=question['seq'], verdict='reject', reason='no', span=[0, 99])", "lies outside the content"),
        ("while True: sys.stdout.write('x' * 10_000)", "said a line of more than 65536 bytes"),
    ],
)
async def test_a_record_that_breaks_the_command_is_refused_alone(
    program: Program, misbehaviour: str, complaint: str
) -> None:
    policy = touchy(program, misbehaviour)
    panel = Panel([policy], timeout_seconds=PATIENT_SECONDS)
    first = policy.pid
    verdicts = await panel.judge(RECORDS)
    assert [isinstance(verdict, Accept) for verdict in verdicts] == [True, True, False, True, True]
    assert verdicts[2] == Reject("calm", "the policy calm does not work here", "failed")
    with pytest.raises(PolicyError, match=complaint):
        policy.judge(RECORDS[2:3])
    policy.close()
    assert first is not None
    assert is_gone(first)
    panel.close()


def test_a_command_that_hangs_is_late_and_ended(program: Program) -> None:
    source = TOUCHY.replace("MISBEHAVE", "time.sleep(1_000)")
    policy = CommandPolicy(program(source), timeout_seconds=0.2, start_timeout_seconds=PATIENT_SECONDS)
    pid = policy.pid
    assert pid is not None
    with pytest.raises(PolicyError, match=r"gave no answer within 0\.2 s"):
        policy.judge(RECORDS[2:3])
    assert is_gone(pid)
    assert policy.pid is None
    policy.close()


def test_a_command_that_never_reads_is_late_too(program: Program) -> None:
    argv = program("introduce()\ntime.sleep(1_000)")
    policy = CommandPolicy(argv, timeout_seconds=0.2, start_timeout_seconds=PATIENT_SECONDS)
    with pytest.raises(PolicyError, match="gave no answer"):
        policy.judge([make_record(number, size=60_000) for number in range(40)])
    policy.close()


def test_a_command_that_answers_twice_is_found_out(program: Program) -> None:
    policy = touchy(
        program, "os.write(1, (json.dumps({'seq': question['seq'], 'verdict': 'accept'}) + '\\n\\n').encode())"
    )
    assert policy.judge(RECORDS[2:3]) == [Accept()]
    with pytest.raises(PolicyError, match="spoke without being asked"):
        policy.judge(RECORDS[:1])
    policy.close()


def test_its_last_words_are_logged_printable(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    policy = touchy(program, "sys.exit('\\x1b[2J no words')")
    with pytest.raises(PolicyError):
        policy.judge(RECORDS)
    policy.close()
    said = r"the command of the policy calm said before it ended with exit code 1: '\x1b[2J no words'"
    assert caplog.messages == [said]


@pytest.mark.parametrize(
    ("kind", "said", "is_open"),
    [("admission", None, False), ("view", None, True), ("admission", True, True), ("view", False, False)],
)
async def test_what_it_could_not_judge_gets_the_stated_verdict(
    program: Program, kind: str, said: bool | None, is_open: bool
) -> None:
    argv = program(f"introduce(**{{'class': {kind!r}}})\nnext(questions())")
    policy = CommandPolicy(
        argv, timeout_seconds=PATIENT_SECONDS, start_timeout_seconds=PATIENT_SECONDS, fails_open=said
    )
    assert policy.fails_open is is_open
    panel = Panel([policy])
    [verdict] = await panel.judge(RECORDS[:1])
    assert isinstance(verdict, Accept) is is_open
    panel.close()
    policy.close()


def test_a_closed_policy_is_closed_for_good(program: Program) -> None:
    policy = patient(program(ODD))
    pid = policy.pid
    assert pid is not None
    policy.close()
    policy.close()
    assert is_gone(pid)
    with pytest.raises(PolicyError, match="was closed with its room"):
        policy.judge(RECORDS)


def test_closing_ends_a_batch_that_hangs(program: Program, tmp_path: Path) -> None:
    # Whoever opens a FIFO to read waits until somebody has written: so the question has been asked.
    os.mkfifo(tmp_path / "asked")
    policy = touchy(program, "pathlib.Path('asked').write_text('yes'); time.sleep(1_000)")
    pid = policy.pid
    assert pid is not None
    complaints: list[str] = []

    def judge() -> None:
        try:
            policy.judge(RECORDS)
        except PolicyError as error:
            complaints.append(str(error))

    thread = threading.Thread(target=judge)
    thread.start()
    assert tmp_path.joinpath("asked").read_text() == "yes"
    policy.close()
    thread.join()
    assert complaints == ["was ended by signal 9"]
    assert is_gone(pid)


def test_a_command_that_will_not_end_is_killed(program: Program) -> None:
    policy = patient(program("introduce()\nwhile True: time.sleep(1_000)"))
    pid = policy.pid
    assert pid is not None
    policy.close()
    assert is_gone(pid)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"timeout_seconds": 0}, "timeout_seconds is 0, not more than 0 and at most 60"),
        ({"timeout_seconds": TIMEOUT_SECONDS_MAX + 1}, "timeout_seconds is 61"),
        ({"timeout_seconds": float("nan")}, "timeout_seconds is nan"),
        ({"timeout_seconds": "2"}, "timeout_seconds is '2'"),
        ({"start_timeout_seconds": True}, "start_timeout_seconds is True"),
        ({"fails_open": "no"}, "fails_open is 'no'"),
    ],
)
def test_a_bad_setting_is_refused(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        CommandPolicy(["true"], **settings)  # type: ignore[arg-type]  # wrong types are the point


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("command", "no list of a program"),
        ("command:'judge", "is no command line: No closing quotation"),
        ("command:nonesuch-at-all", "is not there"),
        ("command:{", "no JSON"),
        ('command:{"argv": ["true"], "path": "x"}', "unknown parameter 'path'; there are: argv, fails_open"),
        ('command:{"timeout_seconds": 1}', "no list of a program"),
        ('command:{"argv": "true"}', "no list of a program"),
    ],
)
def test_a_bad_spec_is_refused(spec: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        CommandPolicy.parse(spec.partition(":")[2])


def test_two_spellings_of_a_command_make_the_same_rules(program: Program) -> None:
    argv = program(ODD)
    words = CommandPolicy.parse(" ".join(f"'{part}'" for part in argv))
    listed = CommandPolicy.parse(f'{{"argv": {argv!r}, "timeout_seconds": 9, "fails_open": true}}'.replace("'", '"'))
    assert open_policies([words]).manifests == open_policies([listed]).manifests
    assert (listed.timeout_seconds, listed.fails_open) == (9, True)
    words.close()
    listed.close()


async def test_a_good_command_keeps_the_contract(program: Program) -> None:
    await check_policy(patient_spec(program("introduce()\naccept_all()")))


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("introduce()\nsys.stdin.readline()", "judge raised PolicyError: ended with exit code 0"),
        ("introduce(parameters={'life': count_lives()})\naccept_all()", "made alike have different manifests"),
        (
            "introduce()\nfor question in questions():\n"
            "    say(seq=question['seq'], verdict='reject', reason='no') if question['seq'] % 2 else accept(question)",
            "in another order, the policy gives other verdicts",
        ),
    ],
)
async def test_the_acceptance_suite_names_what_is_wrong(program: Program, source: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        await check_policy(patient_spec(program(source)))


async def test_a_room_goes_on_while_its_command_dies_and_babbles(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    source = """
introduce()
for question in questions():
    if question["record"]["content"] == "die":
        sys.exit(3)
    if question["record"]["content"] == "babble":
        print("bla bla", flush=True)
    accept(question)
"""
    policy = patient(program(source))
    pids: list[int | None] = []
    swarm = MemorySwarm()
    async with (
        peerset.join("lobby", policies=[policy], host=swarm.host()) as strict,
        peerset.join("lobby", host=swarm.host()) as lax,
    ):
        arriving = lax.events()
        for content in ("die", "babble"):
            with pytest.raises(peerset.RejectedError, match="the policy calm does not work here"):
                await strict.publish(content)
            pids.append(policy.pid)
            await strict.publish(f"after {content}")
        seen: set[str] = set()
        while len(seen) < 2:
            event = await anext(arriving)
            if isinstance(event, peerset.RecordAdded):
                seen.add(event.record.content)
        pids.append(policy.pid)
    assert seen == {"after die", "after babble"}
    assert all(pid is None or is_gone(pid) for pid in pids)
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [
        "the policy calm raised PolicyError: ended with exit code 3",
        "the policy calm raised PolicyError: said what is no JSON in UTF-8: 'bla bla'",
    ]


async def test_a_room_that_cannot_be_joined_leaves_no_child(program: Program) -> None:
    policy = patient(program(ODD))
    pid = policy.pid
    assert pid is not None
    with pytest.raises(ConfigError):
        async with peerset.join("lobby", policies=[policy], store="tape:reel", host=MemorySwarm().host()):
            pass
    assert is_gone(pid)
