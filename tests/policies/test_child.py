"""One child process: lines both ways, deadlines, and an end in every case."""

import fcntl
import gc
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peerset.errors import PolicyError
from peerset.policies.child import STDERR_BYTES_KEPT, STDERR_LINES_KEPT, Child
from peerset.policies.lines import LINE_BYTES_MAX
from tests.patience import PATIENT_SECONDS
from tests.policies.conftest import Program, is_gone

pytestmark = pytest.mark.real_time

ECHO = "for line in sys.stdin: print(line, end='', flush=True)"
HOLD = """
file = open("held", "w")
fcntl.flock(file, fcntl.LOCK_EX)
"""


def start(argv: list[str]) -> Child:
    return Child(argv, clock=time.monotonic)


def soon() -> float:
    return time.monotonic() + PATIENT_SECONDS


def test_lines_go_out_and_come_back(program: Program) -> None:
    child = start(program(ECHO))
    assert list(child.ask([b"a\n", b"b\n"], answers=2, deadline=soon())) == [b"a", b"b"]
    assert list(child.ask([], answers=0, deadline=soon())) == []
    child.close()
    assert is_gone(child.pid)


def test_much_more_than_a_pipe_holds_goes_through(program: Program) -> None:
    child = start(program(ECHO))
    lines = [b"%d" % number * 1_000 for number in range(1_000)]
    assert list(child.ask((line + b"\n" for line in lines), answers=1_000, deadline=soon())) == lines
    child.close()


def test_a_child_that_never_reads_holds_nobody_up(program: Program) -> None:
    child = start(program("while True: time.sleep(1_000)"))
    with pytest.raises(TimeoutError):
        list(child.ask([b"x" * 4_000_000 + b"\n"], answers=1, deadline=time.monotonic() + 0.2))
    child.close()
    assert is_gone(child.pid)


def test_a_child_that_closes_its_input_and_waits_is_late(program: Program) -> None:
    child = start(program("os.close(0); print('ready', flush=True); time.sleep(1_000)"))
    assert list(child.ask([], answers=1, deadline=soon())) == [b"ready"]
    with pytest.raises(TimeoutError):
        list(child.ask([b"x\n"], answers=1, deadline=time.monotonic() + 0.2))
    child.kill()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("sys.exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), 9)", "was ended by signal 9"),
        ("os.close(1); sys.stdin.read()", "closed its output"),
        (f"print('x' * {LINE_BYTES_MAX + 1})", f"said a line of more than {LINE_BYTES_MAX} bytes"),
        ("while True: sys.stdout.write('x' * 10_000)", f"said a line of more than {LINE_BYTES_MAX} bytes"),
        ("print('answer', flush=True); sys.stdin.read()", "answered before it had read the question"),
    ],
)
def test_what_ends_a_conversation_is_said(program: Program, source: str, reason: str) -> None:
    child = start(program(source))
    with pytest.raises(PolicyError, match=reason):
        list(child.ask([b"x" * 1_000_000 + b"\n"], answers=1, deadline=soon()))
    child.kill()
    child.kill()
    assert is_gone(child.pid)


def test_a_line_of_the_largest_size_is_taken(program: Program) -> None:
    child = start(program(f"print('x' * {LINE_BYTES_MAX}, flush=True); sys.stdin.read()"))
    assert list(child.ask([], answers=1, deadline=soon())) == [b"x" * LINE_BYTES_MAX]
    child.close()


def test_two_lines_for_one_question_are_found_before_the_next(program: Program) -> None:
    child = start(program("os.write(1, b'one\\ntwo\\n'); sys.stdin.read()"))
    child_lines = child.ask([], answers=1, deadline=soon())
    assert list(child_lines) == [b"one"]
    with pytest.raises(PolicyError, match="spoke without being asked"):
        child.listen()
    child.close()


def test_standard_error_is_drained_and_its_last_lines_kept(program: Program) -> None:
    source = "for number in range(100_000): print('line', number, file=sys.stderr)\n"
    child = start(program(source + "sys.stderr.buffer.write(b'\\xff\\x1b\\n\\n'); sys.stderr.flush()\n" + ECHO))
    assert list(child.ask([b"a\n"], answers=1, deadline=soon())) == [b"a"]
    child.close()
    assert len(child.last_words) == STDERR_LINES_KEPT
    assert child.last_words[-2:] == ["line 99999", "\ufffd\x1b"]
    assert sum(map(len, child.last_words)) <= STDERR_BYTES_KEPT


def test_a_child_that_closes_standard_error_goes_on(program: Program) -> None:
    child = start(program("os.close(2)\n" + ECHO))
    assert list(child.ask([b"a\n"], answers=1, deadline=soon())) == [b"a"]
    child.close()
    assert child.last_words == []


def test_our_own_variables_are_not_for_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", "secret")
    monkeypatch.setenv("OTHER", "fine")
    child = start(program("print(os.environ.get('PEERSET_NSEC'), os.environ['OTHER'], flush=True); sys.stdin.read()"))
    assert list(child.ask([], answers=1, deadline=soon())) == [b"None fine"]
    child.close()


def test_what_it_started_dies_with_it(program: Program, tmp_path: Path) -> None:
    # The lock is held as long as either lives.
    sleeper = "import time; time.sleep(1_000)"
    source = f"subprocess.Popen([sys.executable, '-c', {sleeper!r}], pass_fds=[file.fileno()])\n"
    child = start(program(HOLD + source + "print('ready', flush=True)\nsys.stdin.read()"))
    assert list(child.ask([], answers=1, deadline=soon())) == [b"ready"]
    child.close()
    with (tmp_path / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def test_a_forgotten_child_is_ended() -> None:
    child = start([sys.executable, "-c", "import time; time.sleep(1_000)"])
    pid = child.pid
    del child
    gc.collect()
    assert is_gone(pid)


def test_no_child_outlives_python(program: Program, tmp_path: Path) -> None:
    argv = program(HOLD + "introduce()\nwhile True: time.sleep(1_000)")
    source = "import peerset, sys; policy = peerset.CommandPolicy(sys.argv[1:], start_timeout_seconds=60)"
    subprocess.run([sys.executable, "-c", source, *argv], check=True, timeout=PATIENT_SECONDS)
    # A lock that is never free ends the test at its limit.
    with (tmp_path / "held").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
