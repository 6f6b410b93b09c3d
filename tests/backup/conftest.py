"""A node's folder, and a key that is made of each passphrase once."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from peerset.backup import sealing
from tests.backup.nodes import make_node

_key_once = cache(sealing._key)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a key of each passphrase and salt once: it is slow by design."""
    monkeypatch.setattr(sealing, "_key", _key_once)


@pytest.fixture(scope="session")
def made_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node, made once."""
    folder = tmp_path_factory.mktemp("made") / "node"
    make_node(folder)
    return folder


@pytest.fixture
def node(made_node: Path, tmp_path: Path) -> Path:
    """The folder of a node, of this test's own."""
    return shutil.copytree(made_node, tmp_path / "node")
