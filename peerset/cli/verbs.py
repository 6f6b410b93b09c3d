"""The verbs: which there are, what each is for, and where it is declared; none is loaded before it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb, or with *verbs* the first word of several."""

    text: str
    """What it is for: the first sentence of its docstring, which lists show."""
    place: str = ""
    """Its function, as ``module:name``."""
    is_hidden: bool = False
    """Whether only peerset itself calls it."""
    takes_flags: bool = False
    """Whether the options of other verbs may follow it."""
    verbs: Mapping[str, "Verb"] = field(default_factory=dict)
    """What may follow it as a second word."""
    usual: str = ""
    """Which of these is meant when none follows."""


KEY_VERBS: Final = {
    "new": Verb("Make a new key.", "peerset.cli.keys:new"),
    "import": Verb(
        "Take over a key from another program: nsec, ncryptsec, hex or words, by file, PEERSET_NSEC, prompt or pipe.",
        "peerset.cli.keys:import_",
    ),
    "export": Verb("Write a key's secret to stdout, for another program.", "peerset.cli.keys:export"),
    "show": Verb("Show public keys; secrets stay where they are.", "peerset.cli.keys:show"),
    "bunker": Verb(
        "Sign for a page or another machine with a key that stays here (NIP-46), until Ctrl-C.",
        "peerset.cli.bunker:bunker",
    ),
    "connect": Verb(
        "Have a signer elsewhere sign for this machine: show it the first line; the second is for --key.",
        "peerset.cli.bunker:connect",
    ),
    "heir": Verb(
        "Name the key that writes on for one, in every room, and write the text by which it does.",
        "peerset.cli.keys:heir",
    ),
    "split": Verb(
        "Write a key as shares, a file each: any M of N give it again, fewer tell nothing (SLIP-39).",
        "peerset.cli.sharing:split",
    ),
    "join": Verb(
        "Make a key again of enough of its shares (SLIP-39), from files, a prompt or a pipe.",
        "peerset.cli.sharing:join",
    ),
}

SEAL_VERBS: Final = {
    "new": Verb("Draw a secret that seals a room, and print it or write it to a file.", "peerset.cli.seal:new"),
}

NIP19_VERBS: Final = {
    "decode": Verb("Say what a text names: its author, id, kind, key and relays.", "peerset.cli.nip19:decode"),
    "author": Verb("Write an author's key as npub; with relays, as nprofile.", "peerset.cli.nip19:author"),
    "record": Verb("Write a record's id as note; with relays, author or kind, as nevent.", "peerset.cli.nip19:record"),
    "address": Verb("Write the address of a record that has versions as naddr.", "peerset.cli.nip19:address"),
}

POLICY_VERBS: Final = {
    "list": Verb("Show the installed policies.", "peerset.cli.policy:list_"),
    "check": Verb(
        "Check that policies keep the promises of their class; the exit code is 1 when one does not.",
        "peerset.cli.policy:check",
    ),
    "dry-run": Verb(
        "Say what policies would refuse, shadow or hide of a file's records, and how long they take.",
        "peerset.cli.policy:dry_run",
    ),
    "explain": Verb(
        "Say why a record is refused, shadowed or hidden: by which policy, rule and manifest, and where in the text.",
        "peerset.cli.explain:explain",
    ),
    "replay": Verb(
        "Run receipts again: true, false, or beyond what is at hand; the exit code is 1 when one is false.",
        "peerset.cli.replay:replay",
    ),
}

BAN_VERBS: Final = {
    "list": Verb("Show the bans that run, the first to end first.", "peerset.cli.bans:list_"),
    "add": Verb("Refuse the sessions of a key or address, from the room's next start here.", "peerset.cli.bans:add"),
    "lift": Verb("End a ban early.", "peerset.cli.bans:lift"),
}

QUARANTINE_VERBS: Final = {
    "list": Verb("Show what view policies hide, oldest first.", "peerset.cli.quarantine:list_"),
    "release": Verb("Show a hidden record again, for good.", "peerset.cli.quarantine:release"),
    "purge": Verb(
        "Destroy a record's content in this store, hidden or not; it is never fetched again.",
        "peerset.cli.quarantine:purge",
    ),
}

MUTE_VERBS: Final = {
    "list": Verb("Show the muted authors.", "peerset.cli.mutes:list_"),
    "add": Verb("Hide everything by an author, from the room's next start here.", "peerset.cli.mutes:add"),
    "remove": Verb("Show an author's records again.", "peerset.cli.mutes:remove"),
}

FILE_VERBS: Final = {
    "put": Verb(
        "Write a file of yours into a room; its bytes are given to others while we are there.",
        "peerset.cli.files:put",
    ),
    "get": Verb("Fetch a file of a room, and write it to this disk, whole or not at all.", "peerset.cli.files:get"),
    "list": Verb(
        "Print the files of a room by path, whoever wrote them, without touching the network.",
        "peerset.cli.files:list_",
    ),
    "delete": Verb("Delete a file of yours, for all who read.", "peerset.cli.files:delete"),
    "mirror": Verb(
        "Make a folder of this disk what one of the room is, or the other way round; 1 when a file was left alone.",
        "peerset.cli.files:mirror",
    ),
    "watch": Verb("Print a line for each file that changes, until Ctrl-C.", "peerset.cli.files:watch"),
    "download": Verb(
        "Fetch all bytes of a folder or file into the store, from where others can have them, too.",
        "peerset.cli.files:download",
    ),
}

DEVICE_VERBS: Final = {
    "ask": Verb(
        "Show a text by which another device lets this one write for its key, wait, and print the grant for --grant.",
        "peerset.cli.devices:ask",
    ),
    "link": Verb(
        "Show a code that a new device opens to ask, and let it write for your key, which stays here.",
        "peerset.cli.linking:link",
    ),
    "accept": Verb(
        "Let a new device write for your key, which stays here, by the text that it shows.",
        "peerset.cli.devices:accept",
    ),
    "list": Verb(
        "Print the devices that write for your key, without touching the network.", "peerset.cli.devices:list_"
    ),
    "unlink": Verb(
        "Grant a device nothing more; what it has holds until its time is over, unless you revoke it.",
        "peerset.cli.devices:unlink",
    ),
}

NODE_VERBS: Final = {
    "run": Verb(
        "Keep rooms open until Ctrl-C, for those who sleep: hold their records, and give them to whoever comes.",
        "peerset.cli.node:keep",
    ),
    "add": Verb("Have the running node keep ROOM, now and at its next start.", "peerset.cli.node:add"),
    "remove": Verb("Have the running node leave ROOM; what is stored of it stays.", "peerset.cli.node:remove"),
    "list": Verb(
        "Print the rooms of the running node: how it stands with each, its records and its peers.",
        "peerset.cli.node:list_",
    ),
    "dashboard": Verb("Print a dashboard for Grafana, of what a node tells Prometheus.", "peerset.cli.node:dashboard"),
}

CONFIG_VERBS: Final = {
    "show": Verb(
        "Show each setting of a verb, or of all: its value, and who says so.",
        "peerset.cli.config:show",
        takes_flags=True,
    ),
    "path": Verb("Show which files are read for settings, the one that wins first.", "peerset.cli.config:path"),
}

VERBS: Final[Mapping[str, Verb]] = {
    "join": Verb(
        "Take part in a room until Ctrl-C: keep its records in sync and show what happens.", "peerset.cli.rooms:join"
    ),
    "watch": Verb(
        "Print a room's records, oldest first, and then every new one until Ctrl-C.", "peerset.cli.rooms:watch"
    ),
    "publish": Verb("Sign a record, store it here, and hand it to the room's peers.", "peerset.cli.records:publish"),
    "open": Verb(
        "Join the room that an address names, and print what it names there; of a room its records, until Ctrl-C.",
        "peerset.cli.addresses:open_",
    ),
    "address": Verb(
        "Write the address of a room, or of what is in it; without secrets, and without touching the network.",
        "peerset.cli.addresses:address",
    ),
    "grant": Verb(
        "Print the text by which somebody may write in a room of yours; nothing is stored, and nobody hears of it.",
        "peerset.cli.granting:grant",
    ),
    "label": Verb(
        "Hide a record on all peers of a room whose rule `moderators` names you; who deletes the label shows it again.",
        "peerset.cli.labels:label",
    ),
    "revoke": Verb(
        "Hide what a key dates from now on, on all peers of a room whose rule `revoked` names you.",
        "peerset.cli.labels:revoke",
    ),
    "invite": Verb(
        "Write the address of a room with all that it takes to join, such as its password: to be kept as a secret.",
        "peerset.cli.addresses:invite",
    ),
    "records": Verb(
        "Print a room's stored records, newest first, without touching the network.", "peerset.cli.records:records"
    ),
    "delete": Verb(
        "Delete a record of yours here and at every peer (NIP-09), or a register of a collection.",
        "peerset.cli.records:delete",
    ),
    "pin": Verb(
        "Keep a record, anybody's, for longer than the room's window, where a policy such as pins:allow=... lets you.",
        "peerset.cli.pins:pin",
    ),
    "unpin": Verb("Withdraw your pins of a record; those of others stay.", "peerset.cli.pins:unpin"),
    "pins": Verb(
        "Print a room's pins, the newest first, without touching the network: who pinned, and the record inside.",
        "peerset.cli.pins:pins",
    ),
    "find": Verb(
        "Print the documents of a collection that match, without touching the network.", "peerset.cli.documents:find"
    ),
    "count": Verb(
        "Print how many documents of a collection match, without touching the network.",
        "peerset.cli.documents:count",
    ),
    "get": Verb(
        "Print a register of a collection, whoever wrote it, without touching the network.",
        "peerset.cli.documents:get",
    ),
    "sql": Verb(
        "Print what SQL finds in a room's collections, without touching the network; it writes nothing.",
        "peerset.cli.sql:sql",
    ),
    "put": Verb("Write a register of yours, and hand it to the room's peers.", "peerset.cli.documents:put"),
    "sync": Verb(
        "Bring a room's records together with another peerset's over standard streams, a command or a socket.",
        "peerset.cli.sync:sync",
    ),
    "export": Verb(
        "Write a room's records as JSON lines of NIP-01 events, oldest first.", "peerset.cli.transfer:export"
    ),
    "import": Verb(
        "Add records from JSON lines of NIP-01 events; signatures and policies are checked, bad lines left out.",
        "peerset.cli.transfer:import_",
    ),
    "archive": Verb(
        "Write a room's closed days to a folder or to S3, a Parquet file each, with a manifest of their digests.",
        "peerset.cli.archive:archive",
    ),
    "verify": Verb(
        "Check every day of an archive on all cores: signatures, ids, digests and the root.",
        "peerset.cli.archive:verify",
    ),
    "backup": Verb(
        "Write all that a node has, or one room's store, to one file, while rooms are open; with --encrypt, sealed.",
        "peerset.cli.backup:backup",
    ),
    "restore": Verb(
        "Bring back a backup, or an archive into a room's store, without touching the network.",
        "peerset.cli.restore:restore",
    ),
    "gc": Verb(
        "Delete the stored records that are past their age: --retention, and an hour or a quarter of it more.",
        "peerset.cli.transfer:gc",
    ),
    "doctor": Verb(
        "Examine disk, keys, two local peers, signaling and STUN servers; say what is wrong and what to do.",
        "peerset.cli.doctor:doctor",
    ),
    "tracker": Verb(
        "Run a tracker until Ctrl-C, for peers of your own; Trystero and WebTorrent clients may use it as well.",
        "peerset.cli.tracker:tracker",
    ),
    "bridge": Verb(
        "Carry records between ROOM and the room of the original app, both ways, until Ctrl-C.",
        "peerset.cli.bridge:bridge",
    ),
    "serve": Verb(
        "Serve a page until Ctrl-C that joins ROOM in every browser that opens it, and shows all that happens there.",
        "peerset.cli.serve:serve",
    ),
    "node": Verb("An always-on peer for many rooms.", verbs=NODE_VERBS, usual="run"),
    "top": Verb(
        "Show the rooms of the running node, with their peers and what is decided there, until q is pressed.",
        "peerset.cli.top:top",
    ),
    "demo": Verb(
        "Let peers in processes of their own find each other, connect, and converge to one root.",
        "peerset.cli.demo:demo",
    ),
    "demo-peer": Verb("Be one peer of the demo; started by it.", "peerset.cli.demo:demo_peer", is_hidden=True),
    "version": Verb("Print the version.", "peerset.cli.version:show"),
    "keys": Verb("The keys one can sign with.", verbs=KEY_VERBS),
    "seal": Verb("Secrets of sealed rooms.", verbs=SEAL_VERBS),
    "nip19": Verb("Names of authors, records and addresses, as programs of Nostr take them.", verbs=NIP19_VERBS),
    "devices": Verb("Devices that write for a key which stays where it is.", verbs=DEVICE_VERBS),
    "files": Verb("Files of a room, on this disk and in the room.", verbs=FILE_VERBS),
    "policy": Verb("Moderation policies.", verbs=POLICY_VERBS),
    "bans": Verb("Whose sessions are refused here.", verbs=BAN_VERBS),
    "quarantine": Verb("What view policies hide here.", verbs=QUARANTINE_VERBS),
    "mutes": Verb("Authors whose records are not shown here.", verbs=MUTE_VERBS),
    "config": Verb("What is set, and by whom.", verbs=CONFIG_VERBS),
}


def verbs_by_words(
    verbs: Mapping[str, Verb] = VERBS, *, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Verb]]:
    """Give every verb that can be run, with its words."""
    for word, verb in verbs.items():
        if verb.verbs:
            yield from verbs_by_words(verb.verbs, words=(*words, word))
        else:
            yield (*words, word), verb
