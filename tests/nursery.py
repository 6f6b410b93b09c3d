"""Starts Python children of the tests from a process that has loaded peerset: to load it took most of what they did.

``python -m peerset ...`` and the children that lie beside the tests are forked, each with a command line, folder,
environment and streams of its own, and are children of the test's process as any other: it gets their exit codes, and
kills them. Whatever else is started is started truly, so also ``bin/peerset``, what a shell starts, and what such a
child starts.
"""

import ctypes
import io
import marshal
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

TESTS: Final = Path(__file__).resolve().parent
LOADED: Final = ("uvloop", "peerset.signaling.torrent", "peerset.stores.sqlite", "peerset.transports.webrtc")
"""What verbs load while they run."""
FIXED: Final = ("PYTHON", "LC_", "LANG", "LD_", "TZ")
"""Variables that begin so are heeded while Python starts: who has others of these is started truly."""
PR_SET_CHILD_SUBREAPER: Final = 36
STREAMS: Final = 3
LENGTH_BYTES: Final = 4


def can_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Say whether it would make no difference to what a *command* starts."""
    if sys.platform != "linux" or len(command) < 2 or command[0] != sys.executable or "COVERAGE_RUN" in environment:
        return False
    if command[1:3] != ["-m", "peerset"] and not (
        command[1].endswith(".py") and Path(command[1]).is_relative_to(TESTS)
    ):
        return False
    return _fixed(environment) == _fixed(os.environ)


def _fixed(environment: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(FIXED)}


class Nursery:
    """The process that forks the children of this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno())], pass_fds=[theirs.fileno()]
            )

    def fork(self, command: Sequence[str], cwd: str, environment: Mapping[str, str], streams: Sequence[int]) -> int:
        """Start a child of ours by a *command* of Python, and give its process id."""
        wish = marshal.dumps((list(command), cwd, dict(environment)))
        with self._lock:
            # The child of a process that has ended is then ours: it is forked by one that ends at once.
            self._adopt(True)
            try:
                socket.send_fds(self._ours, [len(wish).to_bytes(LENGTH_BYTES)], streams)
                self._ours.sendall(wish)
                return int.from_bytes(_read(self._ours, LENGTH_BYTES))
            finally:
                self._adopt(False)

    def close(self) -> None:
        """End it; its children go on."""
        self._ours.close()
        self._process.wait()

    def _adopt(self, wanted: bool) -> None:
        if self._libc.prctl(PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0):
            raise OSError(ctypes.get_errno(), "orphans cannot be adopted")


def _read(stream: socket.socket, count: int) -> bytes:
    """Give so many bytes.

    Raises:
        EOFError: The other side is closed.

    """
    data = b""
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


class Popen(subprocess.Popen[Any]):
    """A child of ours, forked where that makes no difference."""

    nursery: Nursery | None = None

    def _execute_child(self, args: Any, executable: Any, *rest: Any) -> None:
        preexec_fn, _, pass_fds, cwd, env, _, _, shell, *pipes = rest
        pipes, (_, *others) = pipes[:6], pipes[6:]
        environment = {
            os.fsdecode(name): os.fsdecode(value) for name, value in (os.environ if env is None else env).items()
        }
        command = [] if shell or isinstance(args, (str, bytes)) else [os.fsdecode(each) for each in args]
        # Other groups, users and sessions are asked for by nobody who starts these.
        is_plain = preexec_fn is None and not pass_fds and executable is None and set(others) <= {None, -1, False}
        if not is_plain or not can_fork(command, environment):
            super()._execute_child(args, executable, *rest)  # type: ignore[misc]  # typeshed leaves out what is private
            return
        if Popen.nursery is None:
            Popen.nursery = Nursery()
        theirs = (pipes[0], pipes[3], pipes[5])
        streams = [given if given >= 0 else usual for usual, given in enumerate(theirs)]
        self.pid = Popen.nursery.fork(command, os.fsdecode(cwd or os.getcwd()), environment, streams)
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]  # the same


def close() -> None:
    """End the process that forks, if it was started."""
    if Popen.nursery is not None:
        Popen.nursery.close()
        Popen.nursery = None


def main(wishes: socket.socket) -> None:
    """Fork what is wished for until nobody can wish any more; in a child, run it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
    while True:
        try:
            length, streams, _, _ = socket.recv_fds(wishes, LENGTH_BYTES, STREAMS)
            if not length:
                return
            command, cwd, environment = marshal.loads(_read(wishes, int.from_bytes(length)))
        except (EOFError, ConnectionError):
            return
        told, tell = os.pipe()
        between = os.fork()
        if between == 0:
            child = os.fork()
            if child == 0:
                wishes.close()
                os.close(told)
                os.close(tell)
                run(command, cwd, environment, streams)
                return
            os.write(tell, child.to_bytes(LENGTH_BYTES))
            os._exit(0)
        os.waitpid(between, 0)
        wishes.sendall(os.read(told, LENGTH_BYTES))
        for each in (told, tell, *streams):
            os.close(each)


def load() -> None:
    """Load what children use: every verb, and what verbs load while they run."""
    import_module("peerset.cli.app")
    places = [verb.place for verb in _verbs(import_module("peerset.cli.verbs").VERBS)]
    for name in (*(place.partition(":")[0] for place in places), *LOADED):
        import_module(name)


def _verbs(verbs: Mapping[str, Any]) -> Iterator[Any]:
    for verb in verbs.values():
        yield from _verbs(verb.verbs) if verb.verbs else (verb,)


def run(command: Sequence[str], cwd: str, environment: Mapping[str, str], streams: Sequence[int]) -> None:
    """Be what *command* starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for usual, given in enumerate(streams):
        os.dup2(given, usual)
    os.closerange(STREAMS, max(streams) + 1)
    for usual, name in enumerate(("stdin", "stdout", "stderr")):
        before: io.TextIOWrapper = getattr(sys, name)
        file = io.FileIO(usual, "w" if usual else "r", closefd=False)
        bytes_of = io.BufferedWriter(file) if usual else io.BufferedReader(file)
        is_told_by_line = name == "stderr" or file.isatty()
        stream = io.TextIOWrapper(bytes_of, before.encoding, before.errors, line_buffering=is_told_by_line)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    if command[1] == "-m":
        sys.argv = [*command[2:]]
        runpy.run_module(command[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [*command[1:]]
        runpy.run_path(command[1], run_name="__main__")


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
