"""One child process and its pipes: lines in, lines out, never waiting past a deadline.

The pipes do not block (POSIX), so one thread writes and reads at once: a child that never reads cannot hold us up, and
one that says much before it reads cannot hold itself up. The process leads a group of its own, which dies with it.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Final

from peerset.errors import PolicyError
from peerset.policies.lines import LINE_BYTES_MAX

PIPE_BYTES: Final = 65_536
"""How much is read, or made ready to be written, at once."""
STDERR_BYTES_KEPT: Final = 4_096
STDERR_LINES_KEPT: Final = 10
EXIT_TIMEOUT_SECONDS: Final = 0.5
"""How long a child may take to end once its input has ended; then it is killed."""
REAP_TIMEOUT_SECONDS: Final = 2.0
"""How long a killed process may take to be gone."""
OWN_VARIABLES: Final = "PEERSET_"
"""Variables that begin so are ours, some of them secret, and no child's business."""


class Child:
    """A running command; *clock* gives monotonic seconds.

    Raises:
        OSError: it cannot be started.

    """

    def __init__(self, argv: Sequence[str], *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.started_at = clock()
        self._process = subprocess.Popen(  # noqa: S603 - the user names the command, and no shell reads it
            argv,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)},
            process_group=0,
        )
        # Also when we are forgotten, or Python exits: nobody is left behind.
        self._kill = weakref.finalize(self, _kill, self._process)
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self._words = bytearray()
        self._selector = selectors.DefaultSelector()
        for pipe in (self._stdout, self._stderr):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)
        os.set_blocking(self._stdin.fileno(), False)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def last_words(self) -> list[str]:
        """The last lines of its standard error, at most ten."""
        lines = self._words.decode(errors="replace").splitlines()
        return [line for line in lines if line.strip()][-STDERR_LINES_KEPT:]

    def ask(self, questions: Iterable[bytes], *, answers: int, deadline: float) -> Iterator[bytes]:
        """Write the lines *questions* and give as many lines as there are to be *answers*, without their ends.

        Raises:
            PolicyError: it ended, said a line that is too long, or answered what it cannot have read.
            TimeoutError: it had not answered at *deadline*.

        """
        waiting = iter(questions)
        for _ in range(answers):
            yield self._next_line(waiting, deadline)
        if self._outgoing or next(waiting, None) is not None:
            raise PolicyError("answered before it had read the question")

    def listen(self) -> None:
        """Take note of what it did since it was last asked.

        Raises:
            PolicyError: it ended, or said something.

        """
        self._take(self._selector.select(0))
        if self._incoming:
            raise PolicyError("spoke without being asked")

    def close(self) -> None:
        """End its input, and kill it when it has not ended half a second later; may be called twice."""
        self._stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._wait_for_exit()
        self.kill()

    def kill(self) -> None:
        """Kill it and those it started, and wait until it is gone; may be called twice."""
        if self._kill.alive:
            self._read_words()
        self._selector.close()
        self._kill()

    def signal_kill(self) -> None:
        """Kill it without waiting, from another thread: who waits for its answer is told that it ended."""
        if self._process.returncode is None:
            _kill_group(self._process.pid)

    # Inside.

    def _next_line(self, waiting: Iterator[bytes], deadline: float) -> bytes:
        while (end := self._incoming.find(b"\n")) < 0 and len(self._incoming) <= LINE_BYTES_MAX:
            self._prepare(waiting)
            seconds = deadline - self._clock()
            if seconds <= 0:
                raise TimeoutError
            self._take(self._selector.select(seconds))
        if not 0 <= end <= LINE_BYTES_MAX:
            raise PolicyError(f"said a line of more than {LINE_BYTES_MAX} bytes")
        line = bytes(self._incoming[:end])
        del self._incoming[: end + 1]
        return line

    def _prepare(self, waiting: Iterator[bytes]) -> None:
        """Have something to write, as long as there are questions and the child reads."""
        while len(self._outgoing) < PIPE_BYTES and (question := next(waiting, None)) is not None:
            self._outgoing += question
        is_writing = not self._stdin.closed and self._stdin in self._selector.get_map()
        if self._outgoing and not is_writing and not self._stdin.closed:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)

    def _take(self, ready: list[tuple[selectors.SelectorKey, int]]) -> None:
        pipes = {key.fileobj for key, _ in ready}
        if self._stderr in pipes:
            self._read_words()
        if self._stdin in pipes:
            self._write()
        if self._stdout in pipes:
            self._read()

    def _write(self) -> None:
        try:
            count = os.write(self._stdin.fileno(), self._outgoing[:PIPE_BYTES])
        except BlockingIOError:
            return
        except BrokenPipeError:
            # It may have answered before it stopped reading, and the end of its output says more than this.
            self._selector.unregister(self._stdin)
            self._stdin.close()
            return
        del self._outgoing[:count]
        if not self._outgoing:
            self._selector.unregister(self._stdin)

    def _read(self) -> None:
        data = _read_some(self._stdout)
        if data == b"":
            raise PolicyError(self._ending())
        self._incoming += data or b""

    def _read_words(self) -> None:
        data = _read_some(self._stderr)
        if data == b"" and self._stderr in self._selector.get_map():
            self._selector.unregister(self._stderr)
        self._words += data or b""
        del self._words[:-STDERR_BYTES_KEPT]

    def _ending(self) -> str:
        try:
            status = self._wait_for_exit()
        except subprocess.TimeoutExpired:
            return "closed its output"
        return f"ended with exit code {status}" if status >= 0 else f"was ended by signal {-status}"

    def _wait_for_exit(self) -> int:
        status = self._process.wait(EXIT_TIMEOUT_SECONDS)
        # Those it started keep the group's number from being given away; without them there is nobody to kill.
        _kill_group(self._process.pid)
        return status

    @property
    def _stdin(self) -> IO[bytes]:
        return _opened(self._process.stdin)

    @property
    def _stdout(self) -> IO[bytes]:
        return _opened(self._process.stdout)

    @property
    def _stderr(self) -> IO[bytes]:
        return _opened(self._process.stderr)


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # pragma: no cover (all three are asked for)
        raise AssertionError("a pipe is missing")
    return pipe


def _read_some(pipe: IO[bytes]) -> bytes | None:
    """Give what is there, empty at its end; None when there is nothing yet."""
    try:
        return os.read(pipe.fileno(), PIPE_BYTES)
    except BlockingIOError:
        return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # Once it has been waited for, its number may be somebody else's.
    if process.returncode is None:
        _kill_group(process.pid)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(REAP_TIMEOUT_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _kill_group(number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)
