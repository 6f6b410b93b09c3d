"""docs/policies.md: its plugin is built, installed as a distribution of its own, and checked."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENT_SECONDS

PAGE = (Path(__file__).parent.parent / "docs" / "policies.md").read_text()


def block_after(words: str) -> str:
    """Give the code block that follows *words* on the page."""
    match = re.search(re.escape(words) + r"\n\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert match, f"no code block after {words}"
    return match[1]


@pytest.mark.real_time
def test_the_plugin_on_the_page_installs_and_keeps_its_word(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    for name in ("pyproject.toml", "no_shouting.py"):
        (source / name).write_text(block_after(f"`{name}`"))
    install = ("-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run([sys.executable, *install, "--target", str(site), str(source)], check=True, timeout=PATIENT_SECONDS)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    check = [sys.executable, "-m", "peerset", "policy", "check", "no-shouting"]
    ended = subprocess.run(check, env=environment, capture_output=True, text=True, timeout=PATIENT_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "no-shouting: admission, keeps its word\n"


def test_the_plugin_is_as_short_as_the_page_says() -> None:
    lines = (block_after("`pyproject.toml`") + block_after("`no_shouting.py`")).splitlines()
    assert len([line for line in lines if line.strip()]) <= 20
