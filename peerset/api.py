"""The public names of peerset, which `peerset` gives under its own name."""

from importlib.metadata import version

from peerset.bunker.remote import RemoteSigner
from peerset.core.action import Action
from peerset.core.address import Address, FileTarget, KeyTarget, RecordTarget, make_address, make_link, parse_address
from peerset.core.cause import Cause
from peerset.core.day_sum import DaySum
from peerset.core.deletion import Outline
from peerset.core.envelope import OpenedRecord
from peerset.core.filter import Cursor, Filter
from peerset.core.ice import IceServer
from peerset.core.keys import PublicKey, SecretKey, npub, parse_npub
from peerset.core.linking import Device, Link, LinkRequest
from peerset.core.linking_code import LinkingCode, parse_code
from peerset.core.nip06 import key_of_words, words_of
from peerset.core.nip19 import AddressPointer, EventPointer, ProfilePointer, decode_nip19, encode_nip19
from peerset.core.receipt import Fate, Receipt
from peerset.core.record import Record, RecordId
from peerset.core.rules import Manifest
from peerset.core.seal import new_seal
from peerset.core.signal import PeerId
from peerset.core.verdict import Accept, PolicyClass, Reject, Seat, Verdict
from peerset.data.annotations import Between, Point, Size
from peerset.data.batch import Batch
from peerset.data.collection import Collection
from peerset.data.difference import Difference, Move
from peerset.data.doc import Doc, Page
from peerset.data.enforcing import enforce
from peerset.data.expected import ANY
from peerset.data.folds import Fold
from peerset.data.live import LiveQuery
from peerset.data.statistics import QueryFigures
from peerset.data.views import View
from peerset.documents.change import Change, ChangeKind
from peerset.documents.definition import Older
from peerset.documents.rows import Rows
from peerset.documents.view import ViewWriter
from peerset.documents.where import Box, Circle
from peerset.drive.entry import Entry
from peerset.drive.files import Files
from peerset.drive.limits import Limits
from peerset.drive.mirror import Deed, Mirrored, Step
from peerset.drive.reader import FileReader
from peerset.drive.watching import FileChange
from peerset.errors import (
    AgeError,
    BlobError,
    ConfigError,
    ConflictError,
    CursorError,
    LocalProtocolError,
    MalformedError,
    PeersetError,
    PolicyError,
    ProtocolError,
    QueryError,
    RecordError,
    RejectedError,
    RemoteProtocolError,
    RoomClosedError,
    SchemaError,
    SealError,
    SignalingError,
    SignatureError,
    StoreError,
    TransportError,
    ViewError,
    WireError,
)
from peerset.moderation.bans import Ban
from peerset.moderation.curtain import Hidden
from peerset.moderation.explanation import Explanation
from peerset.moderation.moderator import Moderator
from peerset.moderation.refusals import Refusal
from peerset.moderation.replaying import Replay, Truth, replay
from peerset.policies.command import CommandPolicy
from peerset.policies.function import FunctionPolicy, admission, view
from peerset.ports import (
    DayRule,
    GrantPolicy,
    PlacedHub,
    Policy,
    RecordSigner,
    SenderPolicy,
    SetRule,
    Signaling,
    SignalingHub,
    SignalingStatus,
    SocketState,
    Store,
    Transport,
    WordedRule,
)
from peerset.ports.blobs import HeldBlob
from peerset.protocol.events import (
    ActionReceived,
    ClockSkewed,
    Event,
    FetchFailed,
    ForeignPeerJoined,
    ForeignPeerLeft,
    PeerJoined,
    PeerLeft,
    PeerSynced,
    RecordAdded,
    RecordDeleted,
    RecordHidden,
    RecordKnown,
    RecordPostponed,
    RecordRejected,
    RecordsExpired,
    RecordsIndexed,
    RecordsRejected,
    SaveDelayed,
    SealUnknown,
    StorageEvicted,
    StrikeCounted,
)
from peerset.protocol.health import Budget, Health
from peerset.protocol.neighbour import PeerStatus
from peerset.room.audience import Traffic
from peerset.room.authors import invited_signer, remote_signer
from peerset.room.binding import bound_room
from peerset.room.day import Day
from peerset.room.devices import Devices
from peerset.room.heirs import name_heir
from peerset.room.host import Host
from peerset.room.joining import join
from peerset.room.offer import Offer
from peerset.room.own_key import own_key
from peerset.room.permission import Permission
from peerset.room.pinning import Pin
from peerset.room.query import Query
from peerset.room.replication import Replicated
from peerset.room.room import Room
from peerset.room.sealing import SealStatus
from peerset.room.stream import EventStream, Lagged
from peerset.room.subscription import Subscription
from peerset.room.tally import Tally

__version__ = version("peerset")

__all__ = [
    "ANY",
    "Accept",
    "Action",
    "ActionReceived",
    "Address",
    "AddressPointer",
    "AgeError",
    "Ban",
    "Batch",
    "Between",
    "BlobError",
    "Box",
    "Budget",
    "Cause",
    "Change",
    "ChangeKind",
    "Circle",
    "ClockSkewed",
    "Collection",
    "CommandPolicy",
    "ConfigError",
    "ConflictError",
    "Cursor",
    "CursorError",
    "Day",
    "DayRule",
    "DaySum",
    "Deed",
    "Device",
    "Devices",
    "Difference",
    "Doc",
    "Entry",
    "Event",
    "EventPointer",
    "EventStream",
    "Explanation",
    "Fate",
    "FetchFailed",
    "FileChange",
    "FileReader",
    "FileTarget",
    "Files",
    "Filter",
    "Fold",
    "ForeignPeerJoined",
    "ForeignPeerLeft",
    "FunctionPolicy",
    "GrantPolicy",
    "Health",
    "HeldBlob",
    "Hidden",
    "Host",
    "IceServer",
    "KeyTarget",
    "Lagged",
    "Limits",
    "Link",
    "LinkRequest",
    "LinkingCode",
    "LiveQuery",
    "LocalProtocolError",
    "MalformedError",
    "Manifest",
    "Mirrored",
    "Moderator",
    "Move",
    "Offer",
    "Older",
    "OpenedRecord",
    "Outline",
    "Page",
    "PeerId",
    "PeerJoined",
    "PeerLeft",
    "PeerStatus",
    "PeerSynced",
    "PeersetError",
    "Permission",
    "Pin",
    "PlacedHub",
    "Point",
    "Policy",
    "PolicyClass",
    "PolicyError",
    "ProfilePointer",
    "ProtocolError",
    "PublicKey",
    "Query",
    "QueryError",
    "QueryFigures",
    "Receipt",
    "Record",
    "RecordAdded",
    "RecordDeleted",
    "RecordError",
    "RecordHidden",
    "RecordId",
    "RecordKnown",
    "RecordPostponed",
    "RecordRejected",
    "RecordSigner",
    "RecordTarget",
    "RecordsExpired",
    "RecordsIndexed",
    "RecordsRejected",
    "Refusal",
    "Reject",
    "RejectedError",
    "RemoteProtocolError",
    "RemoteSigner",
    "Replay",
    "Replicated",
    "Room",
    "RoomClosedError",
    "Rows",
    "SaveDelayed",
    "SchemaError",
    "SealError",
    "SealStatus",
    "SealUnknown",
    "Seat",
    "SecretKey",
    "SenderPolicy",
    "SetRule",
    "Signaling",
    "SignalingError",
    "SignalingHub",
    "SignalingStatus",
    "SignatureError",
    "Size",
    "SocketState",
    "Step",
    "StorageEvicted",
    "Store",
    "StoreError",
    "StrikeCounted",
    "Subscription",
    "Tally",
    "Traffic",
    "Transport",
    "TransportError",
    "Truth",
    "Verdict",
    "View",
    "ViewError",
    "ViewWriter",
    "WireError",
    "WordedRule",
    "__version__",
    "admission",
    "bound_room",
    "decode_nip19",
    "encode_nip19",
    "enforce",
    "invited_signer",
    "join",
    "key_of_words",
    "make_address",
    "make_link",
    "name_heir",
    "new_seal",
    "npub",
    "own_key",
    "parse_address",
    "parse_code",
    "parse_npub",
    "remote_signer",
    "replay",
    "view",
    "words_of",
]
