"""Start a policy's command and hear what it is; what goes wrong is said with what to do about it."""

import os
import shlex
from collections.abc import Callable, Sequence
from typing import Final

from peerset.errors import ConfigError, PolicyError
from peerset.policies.child import Child
from peerset.policies.lines import Introduction, read_introduction

WORDS_CHARACTERS_MAX: Final = 400
"""How much of what it said on standard error stands in the error."""


def check_argv(argv: object) -> tuple[str, ...]:
    """Check that *argv* names a program and its arguments, and that this system can run it.

    Raises:
        ConfigError: it does not, or cannot.

    """
    if os.name != "posix":  # pragma: no cover (the tests run on POSIX)
        raise ConfigError("command: policies in a process of their own need a POSIX system, such as Linux or macOS")
    if isinstance(argv, str) or not isinstance(argv, Sequence) or not argv:
        raise ConfigError(f"command: {argv!r} is no list of a program and its arguments, such as ['node', 'judge.mjs']")
    for part in argv:
        if not isinstance(part, str) or "\0" in part:
            raise ConfigError(f"command: the argument {part!r} is no text without NUL")
    if not argv[0]:
        raise ConfigError("command: the program has no name")
    return tuple(argv)


def start(argv: tuple[str, ...], *, clock: Callable[[], float], timeout_seconds: float) -> tuple[Child, Introduction]:
    """Start *argv* and wait for its first line, at most *timeout_seconds*.

    Raises:
        ConfigError: it cannot be started, or is no policy.

    """
    child = _spawn(argv, clock=clock)
    try:
        return child, hear_introduction(child, child.started_at + timeout_seconds)
    except TimeoutError:
        raise _unusable(argv, child, f"did not introduce itself within {timeout_seconds:g} s") from None
    except PolicyError as error:
        raise _unusable(argv, child, str(error)) from error


def hear_introduction(child: Child, deadline: float) -> Introduction:
    """Read the first line of *child*.

    Raises:
        PolicyError: it is no introduction.
        TimeoutError: there was none at *deadline*.

    """
    [line] = child.ask((), answers=1, deadline=deadline)
    return read_introduction(line)


def _spawn(argv: tuple[str, ...], *, clock: Callable[[], float]) -> Child:
    command = shlex.join(argv)
    try:
        return Child(argv, clock=clock)
    except FileNotFoundError as error:
        raise ConfigError(
            f"the command {command!r} is not there: install {argv[0]!r}, or give its path "
            "(a relative one begins at the current directory)"
        ) from error
    except PermissionError as error:
        raise ConfigError(
            f"the command {command!r} may not be executed: make it executable, or name its interpreter first, "
            "as in 'python3 judge.py'"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the command {command!r} cannot be started ({error}): does its first line name an interpreter, "
            "as in '#!/usr/bin/env node'?"
        ) from error


def _unusable(argv: tuple[str, ...], child: Child, what: str) -> ConfigError:
    child.kill()
    said = " | ".join(child.last_words)[-WORDS_CHARACTERS_MAX:]
    return ConfigError(
        f"the command {shlex.join(argv)!r} is no policy: it {what}" + (f"; it said: {said!r}" if said else "")
    )
