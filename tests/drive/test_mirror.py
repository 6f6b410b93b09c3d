"""What a mirror would do."""

from pathlib import Path

import pytest

from peerset.drive.entry import Entry
from peerset.drive.folder import LocalFile, scan
from peerset.drive.mirror import Deed, Mirrored, Step, is_equal, plan_down, plan_up


def entry(path: str, data: bytes = b"x") -> Entry:
    return Entry(path, len(data), data=data)


def test_what_cannot_be_written_everywhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path.parent)
    names = ["CON", "Readme", "README", "a:b", "ok", "out/x", "\u00fcber", "u\u0308ber"]
    steps = plan_down(tmp_path, [entry(name) for name in names], {}, removes=[])
    assert {step.path: step.deed for step in steps} == {
        **dict.fromkeys(["CON", "README", "a:b", "out/x", "u\u0308ber"], Deed.SKIP),
        **dict.fromkeys(["Readme", "ok", "\u00fcber"], Deed.ADD),
    }
    assert all(step.reason for step in steps if step.deed is Deed.SKIP)


@pytest.mark.parametrize("removes", [[], ["gone"]])
def test_only_what_differs_is_done(tmp_path: Path, removes: list[str]) -> None:
    for name in ("same", "other", "gone"):
        (tmp_path / name).write_bytes(b"x")
    local, _ = scan(tmp_path, lambda _: False)
    entries = [entry("new"), entry("other", b"y"), entry("same")]
    down = {step.path: step.deed for step in plan_down(tmp_path, entries, local, removes=removes)}
    assert down == {
        "new": Deed.ADD,
        "other": Deed.CHANGE,
        "same": Deed.EQUAL,
        **dict.fromkeys(removes, Deed.REMOVE),
    }
    up = {step.path: step.deed for step in plan_up(local, entries, removes=["new"] if removes else [])}
    assert up == {
        "gone": Deed.ADD,
        "other": Deed.CHANGE,
        "same": Deed.EQUAL,
        **({"new": Deed.REMOVE} if removes else {}),
    }


def test_files_are_equal_by_bytes_and_mode(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    here = LocalFile("a", tmp_path / "a", 1, False)
    assert is_equal(entry("a"), here)
    assert not is_equal(entry("a", b"y"), here)
    assert not is_equal(Entry("a", 1, data=b"x", is_executable=True), here)
    assert not is_equal(Entry("a", 1, link="b"), here)


def test_steps_are_counted() -> None:
    done = Mirrored([Step(Deed.ADD, "a", 5), Step(Deed.EQUAL, "b", 7), Step(Deed.CHANGE, "c", 2)])
    assert (done.count(Deed.ADD), done.count(Deed.SKIP), done.bytes_written) == (1, 0, 7)


def test_a_disk_to_which_two_names_are_one_file_keeps_it(tmp_path: Path) -> None:
    # As such a disk has it: known by one name, and found by the other, too.
    (tmp_path / "README").write_bytes(b"x")
    local = {"readme": LocalFile("readme", tmp_path / "README", 1, False)}
    plan = plan_down(tmp_path, [entry("README")], local, removes=["readme"])
    assert [(step.path, step.deed) for step in plan] == [("README", Deed.EQUAL)]
    plan = plan_down(tmp_path, [entry("ReadMe")], local, removes=["readme"])
    assert [(step.path, step.deed) for step in plan] == [("ReadMe", Deed.ADD), ("readme", Deed.REMOVE)]
