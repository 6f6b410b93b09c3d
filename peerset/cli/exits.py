"""How a verb ends: the exit codes, and which error gives which."""

from enum import IntEnum

from peerset.errors import (
    ArchiveError,
    ConfigError,
    PeersetError,
    RecordError,
    SignalingError,
    StoreError,
    TransportError,
)


class ExitCode(IntEnum):
    """What the process's exit code means; the same numbers for every verb."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        """Make the number *code*, which says *meaning* to people."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    FAILED = 1, "failed, for a reason that no other code names"
    USAGE = 2, "a wrong argument, key, file or setting; nothing was changed"
    MISSING = 3, "the record, key or store asked for does not exist"
    ALONE = 4, "done here and kept, but no peer took it in time: it goes out at the next join"
    STORE = 5, "the store cannot be read or written: full, locked or corrupt"
    NETWORK = 6, "no tracker or peer can be reached"
    REFUSED = 7, "records were refused: bad signature, too old, of another room, or against a policy"
    INTERRUPTED = 130, "ended by Ctrl-C, after leaving the room"
    TERMINATED = 143, "ended by SIGTERM, after leaving the room"


class NotFoundError(ConfigError):
    """What the user named does not exist."""


_CODES: tuple[tuple[type[PeersetError], ExitCode], ...] = (
    (NotFoundError, ExitCode.MISSING),
    (ConfigError, ExitCode.USAGE),
    (StoreError, ExitCode.STORE),
    (SignalingError, ExitCode.NETWORK),
    (TransportError, ExitCode.NETWORK),
    (RecordError, ExitCode.REFUSED),
    (ArchiveError, ExitCode.REFUSED),
)


def exit_code_of(error: BaseException) -> ExitCode:
    """Say which exit code *error* gives; an error that only wraps another of ours counts as that other."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return exit_code_of(error.__cause__) if isinstance(error.__cause__, PeersetError) else ExitCode.FAILED


def describe_exit_codes() -> str:
    """Write one line for each exit code, for help texts."""
    return "\n".join(f"{code.value:>3}  {code.meaning}" for code in ExitCode)
