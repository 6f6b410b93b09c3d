"""How many files the process may have open: each room has several, and each neighbour a socket."""

import sys
from contextlib import suppress
from typing import Final

if sys.platform != "win32":
    import resource

OPEN_FILES: Final = 65_536
"""As the unit for systemd says; a shell gives 1,024 on most systems, which 300 rooms take."""


def allow_open_files(count: int = OPEN_FILES) -> None:
    """Let this process have *count* files open, or as many as its system lets it have; never fewer than before."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
