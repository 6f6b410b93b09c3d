"""Key files: made once, for their owner only, and silent about what they hold."""

import logging
import os
import random
import stat
import traceback
from pathlib import Path

import pytest

from peerset import keyfiles
from peerset.core import nip49
from peerset.core.keys import SecretKey, npub
from peerset.errors import ConfigError
from peerset.keyfiles import KeyFile, create_key, import_key, key_path, list_keys, load_key, parse_key, save_key, seal

KEY = SecretKey(bytes([1]) * 32)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys"


def write(path: Path, data: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(data)
    return path


def test_a_created_key_is_loaded_by_its_name(directory: Path) -> None:
    key = create_key(directory=directory)

    assert load_key(directory=directory) == key
    assert (directory / "default.key").read_text() == key.to_nsec() + "\n"


def test_a_key_is_drawn_from_the_given_randomness(directory: Path) -> None:
    assert create_key("a", directory=directory, rng=random.Random(1)) == SecretKey.generate(random.Random(1))


def test_a_saved_key_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = save_key(KEY, tmp_path / "mine.nsec")

    assert path == tmp_path / "mine.nsec"
    assert load_key(path) == KEY
    assert load_key(str(path)) == KEY


def test_a_file_is_its_owners_only_from_the_moment_it_exists(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: modes.append(os.fstat(descriptor).st_mode))
    before = os.umask(0)
    try:
        path = save_key(KEY, directory=directory)
    finally:
        os.umask(before)

    assert [stat.S_IMODE(mode) for mode in [*modes, path.stat().st_mode]] == [0o600, 0o600]
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_key_is_never_overwritten(directory: Path) -> None:
    save_key(KEY, directory=directory)

    with pytest.raises(ConfigError, match="exists already"):
        create_key(directory=directory)

    assert load_key(directory=directory) == KEY


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigError, match="exists already"):
        save_key(KEY, tmp_path / "link")

    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_no_file(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(ConfigError, match="No space left"):
        save_key(KEY, directory=directory)

    assert list(directory.iterdir()) == []


def test_a_directory_that_cannot_be_made_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be written"):
        save_key(KEY, tmp_path / "file" / "deeper" / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_file_that_others_may_use_is_refused(directory: Path, mode: int) -> None:
    path = save_key(KEY, directory=directory)
    path.chmod(mode)

    with pytest.raises(ConfigError, match=f"mode {mode:04o}.*chmod 600"):
        load_key(directory=directory)


def test_a_missing_key_is_a_config_error(directory: Path) -> None:
    with pytest.raises(ConfigError, match="there is no key file"):
        load_key(directory=directory)


def test_a_directory_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a plain file"):
        load_key(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(ConfigError, match="not a plain file"):
        load_key(tmp_path / "pipe")


def test_a_path_through_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        load_key(tmp_path / "file" / "key")


def test_an_endless_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most 4096 bytes"):
        load_key(write(tmp_path / "large", b"n" * 4_097))


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\xff\xfe", b"01" * 32, b"npub1qqqq", KEY.to_nsec()[:-1].encode(), KEY.secret]
)
def test_what_is_no_key_is_refused_with_the_name_of_the_file(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"the key file .*strange(: | is UTF-16, not UTF-8)"):
        load_key(write(tmp_path / "strange", data))


def test_white_space_around_a_key_does_not_matter(tmp_path: Path) -> None:
    assert load_key(write(tmp_path / "key", f"  {KEY.to_nsec()}\r\n\n".encode())) == KEY


def test_a_sealed_key_is_opened_by_its_passphrase(directory: Path) -> None:
    path = save_key(KEY, directory=directory, passphrase="secret")

    assert path.read_text().startswith("ncryptsec1")
    assert load_key(directory=directory, passphrase=lambda: "secret") == KEY


def test_a_wrong_passphrase_is_a_config_error(directory: Path) -> None:
    save_key(KEY, directory=directory, passphrase="secret")

    with pytest.raises(ConfigError, match="wrong passphrase"):
        load_key(directory=directory, passphrase=lambda: "guess")


def test_a_missing_passphrase_is_a_config_error(directory: Path) -> None:
    save_key(KEY, directory=directory, passphrase="secret")

    with pytest.raises(ConfigError, match="a passphrase is needed"):
        load_key(directory=directory)


def test_a_passphrase_is_not_asked_for_an_open_key(directory: Path) -> None:
    def ask() -> str:
        raise AssertionError("asked")

    save_key(KEY, directory=directory)

    assert load_key(directory=directory, passphrase=ask) == KEY


def test_an_empty_passphrase_is_refused_before_a_file_is_made(directory: Path) -> None:
    with pytest.raises(ConfigError, match="passphrase is empty"):
        save_key(KEY, directory=directory, passphrase="")

    assert not directory.exists()


def test_every_sealing_has_its_own_salt_and_nonce() -> None:
    first, second = seal(KEY, "secret"), seal(KEY, "secret")

    assert first != second
    assert parse_key(f" {first.upper()}\n", passphrase=lambda: "secret") == KEY


def test_a_name_lies_in_the_directory_and_all_else_is_a_path(directory: Path) -> None:
    assert key_path("work", directory=directory) == directory / "work.key"
    assert key_path("./work", directory=directory) == Path("work")
    assert key_path("../work", directory=directory) == Path("../work")
    assert key_path("work.nsec", directory=directory) == Path("work.nsec")
    assert key_path(Path("work"), directory=directory) == Path("work")


def test_named_keys_lie_in_the_data_directory_of_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    assert keyfiles.key_directory().name == "keys"
    assert key_path() == keyfiles.key_directory() / "default.key"
    assert list_keys() == []


def test_named_keys_are_listed_by_name(directory: Path) -> None:
    for name in ("work", "default"):
        save_key(KEY, name, directory=directory)
    (directory / "not a name.key").touch()
    (directory / "notes.txt").touch()

    assert list_keys(directory=directory) == [
        KeyFile("default", directory / "default.key"),
        KeyFile("work", directory / "work.key"),
    ]


WORDS = "leader monkey parrot ring guide accident before fence cannon height naive bean"
OF_WORDS = "7f7ff03d123792d6ac594bfa67bf6d0c0ab55b6b1fdb6249303fe861f1ccba9a"


def test_a_key_is_taken_over_however_another_program_wrote_it() -> None:
    sealed = nip49.seal_key(KEY, "my passphrase", salt=bytes(16), nonce=bytes(24), log_n=1)
    for text in (KEY.to_nsec(), KEY.secret.hex(), KEY.secret.hex().upper(), sealed, f" {KEY.to_nsec()}\n"):
        assert import_key(text, passphrase=lambda: "my passphrase") == KEY
    assert import_key(WORDS).secret.hex() == import_key(f" {WORDS.upper()}\n").secret.hex() == OF_WORDS
    assert import_key(WORDS, account=1) not in (import_key(WORDS), import_key(WORDS, account=2))
    with pytest.raises(ConfigError, match="these are no words"):
        import_key(KEY.to_nsec(), account=1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (npub(KEY.public_key), "that is a public key"),
        (f"nostr:{npub(KEY.public_key)}", "that is a public key"),
        ("", "begins with nsec1 or ncryptsec1"),
        ("secret", "begins with nsec1 or ncryptsec1"),
        (KEY.secret.hex()[:-1], "begins with nsec1 or ncryptsec1"),
        ("f" * 64, "not below the order of secp256k1"),
        ("nsec1nonsense", "must have 63 characters"),
        (" ".join(["leader"] * 12), "do not fit each other"),
    ],
)
def test_what_is_no_secret_key_says_what_it_is(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        import_key(text)


@pytest.mark.parametrize("text", [WORDS, KEY.secret.hex()])
def test_where_a_key_is_read_as_nsec_other_forms_are_told_where_to_go(text: str) -> None:
    with pytest.raises(ConfigError, match="peerset keys import") as caught:
        parse_key(text)
    assert text[:20] not in repr(caught.value)


def test_no_secret_shows_in_errors_tracebacks_or_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sealed = nip49.seal_key(KEY, "my passphrase", salt=bytes(16), nonce=bytes(24), log_n=1)
    texts = [KEY.to_nsec() + "q", KEY.to_nsec()[:-1] + "Q", KEY.secret.hex(), sealed, sealed + "q", sealed[:-1]]
    shown = ""
    for number, text in enumerate(texts):
        path = write(tmp_path / str(number), text.encode())
        with pytest.raises(ConfigError) as caught:
            load_key(path, passphrase=lambda: "my guess")
        error = caught.value
        shown += (
            "".join(traceback.format_exception(error)) + repr(error) + repr(error.__cause__) + repr(error.__context__)
        )

    shown += caplog.text
    for secret in (KEY.to_nsec()[5:20], KEY.secret.hex()[:20], sealed[12:30], "my guess", "my passphrase"):
        assert secret not in shown.replace('lambda: "my guess"', "")


@pytest.mark.parametrize("name", ["nsec1abc", "NSEC1ABC", "ncryptsec1abc"])
def test_a_secret_is_no_name_of_a_key_and_is_not_repeated(name: str) -> None:
    with pytest.raises(ConfigError, match="stands where the name or file of one is wanted") as error:
        key_path(name)
    assert "abc" not in str(error.value).lower()
