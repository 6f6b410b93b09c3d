"""How much waits to be sent to one peer."""

from collections.abc import Callable

from peerset.core.limits import SEND_QUEUE_BYTES_PER_PEER_MAX, SEND_QUEUE_HIGH_BYTES, SEND_QUEUE_LOW_BYTES


class Backlog:
    """Counts it, and tells *on_clogged* when it is too much, and when most of that has left."""

    def __init__(self, on_clogged: Callable[[bool], None] | None = None) -> None:
        self.size_bytes = 0
        self.is_clogged = False
        """Past `SEND_QUEUE_HIGH_BYTES`, until down to `SEND_QUEUE_LOW_BYTES`."""
        self._on_clogged = on_clogged

    @property
    def is_full(self) -> bool:
        """More waits than can be held; whoever adds nothing that can wait while it is clogged does not come to this."""
        return self.size_bytes > SEND_QUEUE_BYTES_PER_PEER_MAX

    def add(self, size_bytes: int) -> None:
        """Count so many bytes more; those that left are negative."""
        self.size_bytes += size_bytes
        is_clogged = self.size_bytes > (SEND_QUEUE_LOW_BYTES if self.is_clogged else SEND_QUEUE_HIGH_BYTES)
        if is_clogged is not self.is_clogged:
            self.is_clogged = is_clogged
            if self._on_clogged is not None:
                self._on_clogged(is_clogged)
