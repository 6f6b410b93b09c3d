"""Every error peerset raises, in one tree; the type says who is to blame.

::

    PeersetError
     ├── ConfigError                the caller: a bad argument, key file or setting
     │    └── QueryError            a query of documents that cannot be meant
     ├── ProtocolError
     │    ├── LocalProtocolError    us: a machine was driven wrongly, a bug
     │    └── RemoteProtocolError   the peer broke the protocol
     ├── WireError                  bytes that are no message
     ├── RecordError                a record that may not be a member
     │    ├── MalformedError        its shape, size or text
     │    ├── SignatureError        its signature
     │    ├── AgeError              its created_at lies outside the window
     │    ├── RejectedError         a policy, a deletion or another room
     │    ├── SchemaError           a value does not fit its collection's model
     │    ├── ConflictError         a register holds other heads than expected
     │    └── SealError             a secret that does not open what it should
     ├── PolicyError                a moderation policy's program: it died or answers nonsense
     ├── StoreError                 the disk: full, locked, corrupt
     ├── TransportError             a channel that cannot open or send
     ├── SignalingError             a tracker that cannot be reached or understood
     ├── CursorError                changes are asked for from before what is remembered
     ├── ArchiveError               an archive or backup that holds something else than it says
     ├── BlobError                  the bytes of a file: nobody has them, or a limit
     ├── ViewError                  a view or fold stopped at what its function raised
     └── RoomClosedError            the room has been left, or has failed
"""


class PeersetError(Exception):
    """Base of all errors raised by peerset."""


class ConfigError(PeersetError):
    """The caller gave a bad argument, key, address or setting."""


class QueryError(ConfigError):
    """A query of documents: an unknown field or operator, a foreign cursor, SQL that writes or takes too long."""


class ProtocolError(PeersetError):
    """The protocol was broken."""


class LocalProtocolError(ProtocolError):
    """Our own driver broke a machine's contract."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol."""


class WireError(PeersetError):
    """Bytes that are not a message of the protocol."""


class RecordError(PeersetError):
    """A record that may not be a member of the room's set."""


class MalformedError(RecordError):
    """A record whose shape, size or text breaks the rules."""


class SignatureError(RecordError):
    """A record whose signature is not its author's."""


class AgeError(RecordError):
    """A record too old or too far in the future."""


class RejectedError(RecordError):
    """A record refused by a policy, deleted by its author, or of another room."""


class SchemaError(RecordError):
    """A value that does not fit the model of its collection; *path* says where, *reason* why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or 'the value'}: {reason}")
        self.path = path
        self.reason = reason


class ConflictError(RecordError):
    """A register whose heads, by id, are others than the writer expected."""

    def __init__(self, key: str, heads: tuple[bytes, ...]) -> None:
        found = ", ".join(head.hex()[:8] for head in heads) or "nothing"
        super().__init__(f"the register {key!r} holds {found} now, not what was expected")
        self.key = key
        self.heads = heads


class SealError(RecordError):
    """The secret of a sealed room is another one than what is here was sealed by."""


class PolicyError(PeersetError):
    """A moderation policy whose program died, or answers nonsense."""


class StoreError(PeersetError):
    """The store cannot read or write."""


class TransportError(PeersetError):
    """A channel cannot be opened or used."""


class SignalingError(PeersetError):
    """A tracker cannot be reached, or answers nonsense."""


class CursorError(PeersetError):
    """The log of changes no longer reaches back to this cursor: start over."""


class ArchiveError(PeersetError):
    """An archive or backup that holds something else than it says, or is none; the message names the day or file."""


class BlobError(PeersetError):
    """The bytes of a file: nobody here has them, or they are more than a limit allows."""


class ViewError(PeersetError):
    """A view or fold stopped at a change; ``__cause__`` is what its function raised."""


class RoomClosedError(PeersetError):
    """The room has been left, or a background failure closed it (see ``__cause__``)."""
