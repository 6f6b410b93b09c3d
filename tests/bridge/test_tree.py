import hashlib
import random

import pytest

from peerset.bridge.tree import EMPTY, Tree, children


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


A, B, C = (digest(letter) for letter in "abc")


def test_roots_are_those_of_pages() -> None:
    assert Tree({}).root == EMPTY == digest("")
    assert Tree({"1": A}).root == A
    assert Tree({"2": B, "1": A}).root == digest(A + B)
    assert Tree({"1": A, "2": B, "3": C}).root == digest(digest(A + B) + C)


def test_an_odd_node_moves_up_as_it_is() -> None:
    tree = Tree({"1": A, "2": B, "3": C})
    node = tree.find("right")
    assert node is not None
    assert (node.hash, list(tree.beneath(node))) == (C, ["3"])
    assert children("right", node) == [("right", node)]


def test_paths_lead_to_what_is_beneath() -> None:
    tree = Tree({f"{number:03}": digest(str(number)) for number in range(13)})
    whole = tree.find("")
    assert whole is not None
    assert [path for path, _ in children("", whole)] == ["left", "right"]
    assert [uuid for _, child in children("", whole) for uuid in tree.beneath(child)] == list(tree.beneath(whole))
    deep = tree.find("left.right.left")
    assert deep is not None
    assert [path for path, _ in children("left.right.left", deep)] == ["left.right.left.left", "left.right.left.right"]


@pytest.mark.parametrize("path", ["up", "left.", ".left", "left.left.left.left.left", "left..right"])
def test_other_paths_lead_nowhere(path: str) -> None:
    assert Tree({f"{number:03}": A for number in range(13)}).find(path) is None


def test_the_order_in_which_records_came_is_no_matter() -> None:
    hashes = [(f"{number:03}", digest(str(number))) for number in range(50)]
    mixed = random.Random(1).sample(hashes, len(hashes))
    assert Tree(dict(hashes)).root == Tree(dict(mixed)).root
