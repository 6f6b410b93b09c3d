"""``peerset keys``."""

import json
import random
import stat
from pathlib import Path
from typing import Any

import pytest

from peerset.core.heir import read_succession
from peerset.core.keys import SecretKey, npub
from peerset.keyfiles import create_key

KEY = SecretKey.generate(random.Random(1))
NSEC = KEY.to_nsec()
NPUB = npub(KEY.public_key)


def key_file(home: Path, name: str) -> Path:
    return home / "data" / "peerset" / "keys" / f"{name}.key"


def test_a_new_key_is_its_owners_alone(shell: Any, home: Path) -> None:
    ended = shell("keys", "new", "alice")
    assert ended.code == 0
    assert ended.out.startswith("npub1")
    assert stat.S_IMODE(key_file(home, "alice").stat().st_mode) == 0o600
    assert key_file(home, "alice").read_text() not in ended.out + ended.err


def test_a_key_is_never_overwritten(shell: Any) -> None:
    shell("keys", "new", "alice")
    ended = shell("keys", "new", "alice")
    assert ended.code == 2
    assert "exists already" in ended.err


def test_a_key_comes_by_pipe(shell: Any) -> None:
    assert NPUB in shell("keys", "import", "bob", stdin=f"{NSEC}\n").out


def test_a_key_comes_by_file(shell: Any, home: Path) -> None:
    (home / "secret.txt").write_text(f"{NSEC}\nmore\n")
    assert NPUB in shell("keys", "import", "bob", "--file", "secret.txt").out


def test_a_key_comes_by_the_environment(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_NSEC", NSEC)
    assert NPUB in shell("keys", "import", "bob").out


WORDS = "leader monkey parrot ring guide accident before fence cannon height naive bean"


def test_a_key_comes_as_hex_or_as_words(shell: Any) -> None:
    assert NPUB in shell("keys", "import", "bob", stdin=KEY.secret.hex()).out
    first = shell("keys", "import", "first", "--json", stdin=WORDS)
    assert json.loads(first.out)["hex"] == "17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917"
    second = shell("keys", "import", "second", "--account", "1", "--json", stdin=WORDS)
    assert json.loads(second.out)["hex"] != json.loads(first.out)["hex"]


def test_the_words_of_a_new_key_are_shown_once_and_stand_for_it(shell: Any, home: Path) -> None:
    ended = shell("keys", "new", "alice", "--words")
    warning, words = ended.err.splitlines()
    assert "shown this once" in warning
    assert len(words.split()) == 12
    assert shell("keys", "import", "again", stdin=words).out.split()[0] == ended.out.split()[0]
    assert key_file(home, "again").read_text() == key_file(home, "alice").read_text()
    assert words not in ended.out + shell("keys", "new", "bob").err


def test_words_that_are_none_say_which(shell: Any) -> None:
    ended = shell("keys", "import", "bob", stdin=WORDS.replace("ring", "rnig"))
    assert ended.code == 2
    assert "word 4 of 12" in ended.err
    assert "monkey" not in ended.err


@pytest.mark.parametrize("text", ["", "nsec1nonsense", NPUB, NSEC[:-1]])
def test_what_is_no_key_is_refused_without_repeating_it(shell: Any, text: str) -> None:
    ended = shell("keys", "import", "bob", stdin=text)
    assert ended.code == 2
    assert not text or text not in ended.err


def test_an_exported_key_can_be_imported_again(shell: Any) -> None:
    shell("keys", "import", "bob", stdin=NSEC)
    ended = shell("keys", "export", "bob")
    assert ended.out == f"{NSEC}\n"
    assert "sign as you" in ended.err


def test_a_sealed_key_needs_its_passphrase(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERSET_PASSPHRASE", "correct horse")
    shell("keys", "import", "bob", "--file", "", "--seal", stdin=NSEC)
    sealed = shell("keys", "export", "bob", "--seal").out
    monkeypatch.delenv("PEERSET_PASSPHRASE")
    assert sealed.startswith("ncryptsec1")
    ended = shell("keys", "show", "bob")
    assert ended.code == 2
    assert "PEERSET_PASSPHRASE" in ended.err


def test_one_key_is_shown(shell: Any, home: Path) -> None:
    shell("keys", "import", "bob", stdin=NSEC)
    row = json.loads(shell("keys", "show", "bob", "--json").out)
    path = str(key_file(home, "bob"))
    assert row == {"name": "bob", "path": path, "npub": NPUB, "hex": KEY.public_key.hex()}


def test_all_keys_are_shown_even_beside_an_unsafe_one(shell: Any, home: Path) -> None:
    shell("keys", "import", "bob", stdin=NSEC)
    shell("keys", "new", "alice")
    key_file(home, "alice").chmod(0o644)
    alice, bob = (json.loads(line) for line in shell("keys", "show", "--json").out.splitlines())
    assert "chmod 600" in alice["problem"]
    assert bob["npub"] == NPUB


def test_no_keys_are_no_lines(shell: Any) -> None:
    assert shell("keys", "show").out == ""


def test_a_missing_key_says_how_to_make_it(shell: Any) -> None:
    ended = shell("keys", "show", "carol")
    assert ended.code == 3
    assert "peerset keys new carol" in ended.err


def test_a_key_names_its_heir_and_says_what_that_means(shell: Any, home: Path) -> None:
    old, new = create_key("old"), create_key("new")
    ended = shell("keys", "heir", "old", npub(new.public_key), "--json")
    said = read_succession(json.loads(ended.out)["heir"])
    assert (said.key, said.heir, said.is_genuine) == (old.public_key, new.public_key, True)
    assert "nobody can take that back" in ended.err
    for words, code in ((["nobody", npub(new.public_key)], 3), (["old", "me"], 2), (["old", npub(old.public_key)], 2)):
        assert (shell("keys", "heir", *words).code, shell("keys", "heir", *words).out) == (code, "")
