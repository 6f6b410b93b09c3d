"""Where no server is installed: who may not fetch one goes without these tests, CI does not."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.stores.postgres.server import OWNER, do_without

INSTALL = Path(__file__).with_name("install.sh")


@pytest.mark.parametrize(("environment", "user"), [({"CI": "true"}, 1000), ({}, 0)])
def test_to_have_no_server_is_a_failure_for_ci_and_root(environment: dict[str, str], user: int) -> None:
    with pytest.raises(pytest.fail.Exception, match="not installed"):
        do_without(environment, user=user)


def test_to_have_no_server_skips_for_who_may_fetch_none() -> None:
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        do_without({}, user=1000)


@pytest.mark.parametrize(("ci", "status", "words"), [("true", 1, "need a server"), ("", 0, "are skipped")])
def test_who_may_fetch_none_is_told_and_in_ci_that_is_a_failure(ci: str, status: int, words: str) -> None:
    command = ["/bin/sh", "-s", "/nowhere"]
    with INSTALL.open() as script:
        done = subprocess.run(
            command,
            stdin=script,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=OWNER if os.geteuid() == 0 else None,
            env={"CI": ci, "PATH": "/usr/bin:/bin"},
        )
    assert (done.returncode, done.stderr) == (status, "")
    assert words in done.stdout
