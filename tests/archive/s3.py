"""A real S3 server of this machine, and a line to it that breaks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

CHUNK_BYTES: Final = 4_096


class BreakingLine:
    """A port that leads to another one of this machine, until *cut* is called or so many bytes went there."""

    def __init__(self, port: int, *, bytes_max: int) -> None:
        self._target = ("127.0.0.1", port)
        self._left = bytes_max
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut(self) -> None:
        """Let nothing through any more, and take no further connection."""
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        """Cut it, and wait until nobody is at work."""
        self.cut()
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for pair, is_there in (((near, far), True), ((far, near), False)):
                    thread = threading.Thread(target=self._carry, args=(*pair,), kwargs={"is_there": is_there})
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, *, is_there: bool) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                if is_there:
                    self._left -= len(data)
                    if self._left < 0:
                        return self.cut()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        return None


@contextmanager
def breaking_line(port: int, *, bytes_max: int) -> Iterator[BreakingLine]:
    """Have a line that is closed at the end."""
    line = BreakingLine(port, bytes_max=bytes_max)
    try:
        yield line
    finally:
        line.close()
