"""Files as rows of JSON, and as lines for people."""

from peerset.cli.output import printable
from peerset.drive.entry import Entry
from peerset.drive.mirror import Deed, Step
from peerset.drive.watching import FileChange

SIGNS = {Deed.ADD: "+", Deed.CHANGE: "~", Deed.REMOVE: "-", Deed.EQUAL: "=", Deed.SKIP: "!"}


def entry_row(entry: Entry) -> dict[str, object]:
    """Give what a room says of a file."""
    row: dict[str, object] = {"path": entry.path, "size": entry.size, "type": entry.type}
    if entry.blob is not None:
        row["blob"] = entry.blob.root.hex()
    if entry.link is not None:
        row["link"] = entry.link
    if entry.is_executable:
        row["executable"] = True
    if entry.meta is not None:
        row["meta"] = entry.meta
    if entry.record is not None:
        row |= {"author": entry.record.author.hex(), "id": entry.record.id.hex(), "time": entry.record.created_at}
    return row


def entry_line(entry: Entry) -> str:
    """Give its size, path and type, or where a link leads."""
    what = entry.type if entry.link is None else f"-> {entry.link}"
    return f"{entry.size:>12} {printable(entry.path)}  {printable(what)}"


def change_row(change: FileChange) -> dict[str, object]:
    """Give what a file is now; ``deleted`` when it is gone."""
    return {"path": change.path, "deleted": True} if change.entry is None else entry_row(change.entry)


def step_row(step: Step) -> dict[str, object]:
    """Give what is done with one file of a mirror."""
    row: dict[str, object] = {"deed": str(step.deed), "path": step.path, "size": step.size}
    return row | ({"reason": step.reason} if step.reason else {})


def step_line(step: Step) -> str:
    """Give it with a sign: + added, ~ changed, - removed, ! left alone for a reason."""
    return f"{SIGNS[step.deed]} {printable(step.path)}" + (f": {printable(step.reason)}" if step.reason else "")
