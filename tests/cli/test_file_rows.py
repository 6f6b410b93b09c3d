"""Files as rows and lines: a stranger's path steers no terminal."""

from peerset.cli.file_rows import change_row, entry_line, entry_row, step_line, step_row
from peerset.core.blob import BlobName, Root
from peerset.drive.entry import Entry
from peerset.drive.mirror import Deed, Step
from peerset.drive.watching import FileChange

BLOB = BlobName(Root(bytes(32)), 300_000)


def test_an_entry_is_said_with_what_it_has() -> None:
    plain = Entry("a.txt", 2, "text/plain", data=b"hi")
    assert entry_row(plain) == {"path": "a.txt", "size": 2, "type": "text/plain"}
    assert entry_line(plain) == "           2 a.txt  text/plain"
    blob = Entry("b", 300_000, blob=BLOB, is_executable=True, meta={"x": 1})
    assert entry_row(blob) == {
        "path": "b",
        "size": 300_000,
        "type": "application/octet-stream",
        "blob": "00" * 32,
        "executable": True,
        "meta": {"x": 1},
    }
    link = Entry("c", 0, link="a.txt")
    assert entry_row(link)["link"] == "a.txt"
    assert entry_line(link).endswith(" c  -> a.txt")
    assert "\u202e" not in entry_line(Entry("x\u202ey", 0, data=b""))


def test_a_change_is_the_entry_or_that_it_is_gone() -> None:
    assert change_row(FileChange("a", None)) == {"path": "a", "deleted": True}
    assert change_row(FileChange("a", Entry("a", 1, data=b"x")))["size"] == 1


def test_a_step_has_its_sign_and_its_reason() -> None:
    assert step_line(Step(Deed.ADD, "a", 1)) == "+ a"
    assert step_row(Step(Deed.ADD, "a", 1)) == {"deed": "add", "path": "a", "size": 1}
    assert step_line(Step(Deed.SKIP, "a\x1b", 1, "it is a link")) == "! a\\x1b: it is a link"
    assert step_row(Step(Deed.SKIP, "a", 1, "why"))["reason"] == "why"
