"""The policy whose judgement is a command's: a child process in any language."""

import json
import logging
import shlex
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from peerset.core.record import Record
from peerset.core.rules import Manifest
from peerset.core.verdict import PolicyClass, Verdict
from peerset.errors import ConfigError, PolicyError
from peerset.policies.child import Child
from peerset.policies.lines import read_answer, write_question
from peerset.policies.starting import check_argv, hear_introduction, start

TIMEOUT_SECONDS: Final = 2.0
"""How long a command may take for one batch, unless its user says otherwise."""
START_TIMEOUT_SECONDS: Final = 10.0
"""How long it may take to introduce itself."""
TIMEOUT_SECONDS_MAX: Final = 60.0
BATCH_RECORDS_MAX: Final = 1_024
"""How many records the time limit is for; longer lists are judged in parts."""
RESTARTS_MAX: Final = 5
"""How many restarts there are in each window."""
RESTART_WINDOW_SECONDS: Final = 600.0
BACKOFF_SECONDS: Final = 0.05
"""Before the first restart of a window; doubled before each further one, so 0.8 s before the fifth."""
CLOSE_TIMEOUT_SECONDS: Final = 0.5
"""How long `CommandPolicy.close` waits for a batch that is being judged, before it ends that too."""
CLOSED: Final = "was closed with its room; each room needs a policy of its own"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Options:
    timeout_seconds: float = TIMEOUT_SECONDS
    start_timeout_seconds: float = START_TIMEOUT_SECONDS
    fails_open: bool | None = None

    def __post_init__(self) -> None:
        for name in ("timeout_seconds", "start_timeout_seconds"):
            value = getattr(self, name)
            if type(value) not in {int, float} or not 0 < value <= TIMEOUT_SECONDS_MAX:
                raise ConfigError(f"command: {name} is {value!r}, not more than 0 and at most {TIMEOUT_SECONDS_MAX:g}")
        if not (self.fails_open is None or isinstance(self.fails_open, bool)):
            raise ConfigError(f"command: fails_open is {self.fails_open!r}, neither true nor false")


class CommandPolicy:
    """Asks the command *argv*, started without a shell, of every record; it says itself what policy it is.

    Making one waits until the command has introduced itself, at most *start_timeout_seconds*. A batch may take
    *timeout_seconds*. A command that dies, hangs or answers nonsense is started again, at most five times in ten
    minutes; what it could not judge is accepted when the policy *fails_open*, and otherwise refused. By default an
    admission policy fails closed and a view fails open. It serves one room, and ends with it. *clock* gives monotonic
    seconds.

    Raises:
        ConfigError: the command cannot be started, or does not introduce itself as it should.

    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        start_timeout_seconds: float = START_TIMEOUT_SECONDS,
        fails_open: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = _Options(timeout_seconds, start_timeout_seconds, fails_open)
        self._argv = check_argv(argv)
        self._clock = clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._budget = RestartBudget()
        self._given_up = ""
        """Why it is never asked again; empty as long as it is."""
        self._asked = 0
        self._is_introduced = True
        self._child: Child | None
        self._child, self._introduction = start(self._argv, clock=clock, timeout_seconds=start_timeout_seconds)

    @classmethod
    def parse(cls, text: str) -> "CommandPolicy":
        """Make one of what follows ``command:``, a command line (as a shell splits it) or a JSON object.

        Raises:
            ConfigError: it is neither, or the command does not start.

        """
        if not text.lstrip().startswith("{"):
            try:
                return cls(shlex.split(text))
            except ValueError as error:
                raise ConfigError(f"command: {text!r} is no command line: {error}") from error
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"command: no JSON: {error}") from error
        known = {"argv", *_Options.__slots__}
        for name in sorted(given.keys() - known):
            raise ConfigError(f"command: unknown parameter {name!r}; there are: {', '.join(sorted(known))}")
        return cls(given.pop("argv", ()), **given)

    @property
    def name(self) -> str:
        """What the command calls itself."""
        return self._introduction.manifest.name

    @property
    def policy_class(self) -> PolicyClass:
        """Admission or view, as the command says."""
        return self._introduction.policy_class

    @property
    def manifest(self) -> Manifest:
        """What the command says it is; nothing of this machine is in it."""
        return self._introduction.manifest

    @property
    def timeout_seconds(self) -> float:
        """How long a batch may take."""
        return self._options.timeout_seconds

    @property
    def fails_open(self) -> bool:
        """What the command could not judge is accepted."""
        said = self._options.fails_open
        return self.policy_class is PolicyClass.VIEW if said is None else said

    @property
    def pid(self) -> int | None:
        """The number of the running process, if there is one."""
        return None if self._child is None else self._child.pid

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Ask the command of each of *records*, in order.

        Raises:
            PolicyError: it died, hung or answered nonsense, and was ended; or it was ended before and rests.

        """
        verdicts: list[Verdict] = []
        with self._lock:
            for start in range(0, len(records), BATCH_RECORDS_MAX):
                verdicts += self._judge_batch(records[start : start + BATCH_RECORDS_MAX])
        return verdicts

    def close(self) -> None:
        """End the command within a few seconds, for good; may be called twice, and from any thread."""
        self._closing.set()
        if not self._lock.acquire(timeout=CLOSE_TIMEOUT_SECONDS):
            if (child := self._child) is not None:
                child.signal_kill()
            self._lock.acquire()
        try:
            if self._child is not None:
                self._child.close()
                self._child = None
        finally:
            self._lock.release()

    # Judging; only with the lock.

    def _judge_batch(self, records: Sequence[Record]) -> list[Verdict]:
        deadline = self._clock() + self.timeout_seconds
        child = self._running_child(deadline)
        first = self._asked + 1
        self._asked += len(records)
        questions = (write_question(seq, record) for seq, record in enumerate(records, first))
        try:
            child.listen()
            answers = child.ask(questions, answers=len(records), deadline=deadline)
            return [
                read_answer(line, first + place, record=records[place], policy=self.name)
                for place, line in enumerate(answers)
            ]
        except TimeoutError:
            raise self._end_child(f"gave no answer within {self.timeout_seconds:g} s") from None
        except PolicyError as error:
            raise self._end_child(str(error)) from error

    def _running_child(self, deadline: float) -> Child:
        """Give the child once it has introduced itself, starting it when there is none."""
        child = self._child or self._restart(deadline)
        if not self._is_introduced:
            self._check_introduction(child, deadline)
        return child

    def _restart(self, deadline: float) -> Child:
        if self._given_up:
            raise PolicyError(self._given_up)
        if self._closing.is_set():
            raise PolicyError(CLOSED)
        seconds = self._budget.spend(self._clock())
        if seconds is None:
            raise PolicyError(f"was restarted {RESTARTS_MAX} times in {RESTART_WINDOW_SECONDS:g} s and rests")
        if self._closing.wait(min(seconds, max(0.0, deadline - self._clock()))):
            raise PolicyError(CLOSED)
        try:
            self._child = Child(self._argv, clock=self._clock)
        except OSError as error:
            raise PolicyError(f"cannot be started again: {error.strerror}") from error
        self._is_introduced = False
        logger.warning("the command of the policy %s was started again", self.name)
        return self._child

    def _check_introduction(self, child: Child, deadline: float) -> None:
        start_deadline = child.started_at + self._options.start_timeout_seconds
        try:
            again = hear_introduction(child, min(deadline, start_deadline))
        except TimeoutError:
            if self._clock() < start_deadline:
                raise PolicyError("is still starting") from None
            raise self._end_child(f"did not introduce itself within {start_deadline - child.started_at:g} s") from None
        except PolicyError as error:
            raise self._end_child(str(error)) from error
        if again != self._introduction:
            self._given_up = "introduced itself as another policy when restarted; join the room again to take that one"
            raise self._end_child(self._given_up)
        self._is_introduced = True

    def _end_child(self, what: str) -> PolicyError:
        """Kill the child, log its last words and give the error that says *what* it did."""
        if self._child is not None:
            self._child.kill()
            for line in self._child.last_words:
                logger.warning("the command of the policy %s said before it %s: %r", self.name, what, line)
            self._child = None
        return PolicyError(what)


class RestartBudget:
    """Counts the restarts of one command."""

    def __init__(self) -> None:
        self._spent: deque[float] = deque()

    def spend(self, now: float) -> float | None:
        """Take one restart; give the seconds to wait before it, or None when there is none left at *now*."""
        while self._spent and self._spent[0] <= now - RESTART_WINDOW_SECONDS:
            self._spent.popleft()
        if len(self._spent) == RESTARTS_MAX:
            return None
        self._spent.append(now)
        return BACKOFF_SECONDS * 2.0 ** (len(self._spent) - 1)
