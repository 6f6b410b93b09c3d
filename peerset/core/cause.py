"""Why a record is refused: the cause that programs read, and the error that stands for it."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from peerset.errors import AgeError, RecordError, RejectedError, SignatureError


class Cause(Enum):
    """What refused a record."""

    AGE = "age"
    """It is dated outside the window."""
    SIGNATURE = "signature"
    """Its author did not sign it."""
    ROOM = "room"
    """It belongs to another room."""
    DELETED = "deleted"
    """Its author deleted it."""
    REFUSED = "refused"
    """It was refused here before."""
    POLICY = "policy"
    """A policy refuses it."""


ERRORS: Final[Mapping[Cause, type[RecordError]]] = {
    Cause.AGE: AgeError,
    Cause.SIGNATURE: SignatureError,
    Cause.ROOM: RejectedError,
    Cause.DELETED: RejectedError,
    Cause.REFUSED: RejectedError,
    Cause.POLICY: RejectedError,
}
"""The error class of each cause."""
