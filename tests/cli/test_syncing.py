"""What ``peerset sync`` runs."""

import asyncio
import sys

import pytest
import typer

from peerset.cli.exits import ExitCode
from peerset.cli.syncing import end_child, end_with, line_of, read_address, row_of, split_command
from peerset.core.keys import PublicKey
from peerset.errors import ConfigError
from peerset.room.replication import Replicated
from tests.protocol.pair import key


def done(*, is_equal: bool, has_other_rules: bool = False) -> Replicated:
    return Replicated(PublicKey(key(1).public_key), 2, 3, is_equal, has_other_rules)


def test_an_address_is_a_host_and_a_port_and_where_one_listens_a_port_will_do() -> None:
    assert read_address("box:5000") == ("box", 5000)
    assert read_address("[::1]:5000") == ("::1", 5000)
    assert read_address("0", default_host="127.0.0.1") == ("127.0.0.1", 0)
    assert read_address("0.0.0.0:65535", default_host="127.0.0.1") == ("0.0.0.0", 65_535)


@pytest.mark.parametrize(
    "text", ["", "5000", ":5000", "box", "box:", "box:http", "box:65536", "::1:5000", "box:-1", "b:٣"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="an address is written HOST:PORT"):
        read_address(text)


def test_a_command_is_split_as_a_shell_would() -> None:
    assert split_command("ssh box 'peerset sync \"my room\"'") == ["ssh", "box", 'peerset sync "my room"']


@pytest.mark.parametrize(
    ("result", "words", "code"),
    [
        (done(is_equal=True), "both hold the same", 0),
        (done(is_equal=True, has_other_rules=True), "both hold the same", 0),
        (done(is_equal=False), "the sets differ still", ExitCode.FAILED),
        (done(is_equal=False, has_other_rules=True), "the sets differ, as the rules do", ExitCode.REFUSED),
    ],
)
def test_what_came_of_it_is_told_in_words_numbers_and_a_code(result: Replicated, words: str, code: int) -> None:
    assert line_of(result).startswith("2 records received, 3 sent, with npub1")
    assert words in line_of(result)
    row = row_of(result)
    assert (row["received"], row["sent"], row["is_equal"], row["key"]) == (2, 3, result.is_equal, result.key.hex())
    if code:
        with pytest.raises(typer.Exit) as ended:
            end_with(result)
        assert ended.value.exit_code == code
    else:
        end_with(result)


@pytest.mark.real_time
async def test_a_command_that_stays_is_told_to_end() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
    await end_child(child)
    assert child.returncode == -15
