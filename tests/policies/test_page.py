"""docs/policies.md, "In any language": its programs run, and keep their word."""

import json
import re
import shutil
from pathlib import Path

import pytest

import peerset
from peerset.cli.app import main as peerset_main
from peerset.cli.building import all_settings
from peerset.cli.settings import read_settings
from peerset.core.keys import SecretKey
from peerset.core.record import Record, sign_record
from peerset.core.verdict import Accept, Reject
from peerset.moderation.rulebook import open_policies
from peerset.plugins import open_policy
from peerset.policies.command import BATCH_RECORDS_MAX, START_TIMEOUT_SECONDS, TIMEOUT_SECONDS, TIMEOUT_SECONDS_MAX
from peerset.policies.lines import LINE_BYTES_MAX, QUESTION_BYTES_MAX, REASON_CHARACTERS_MAX, RULE_CHARACTERS_MAX
from tests.policies.conftest import patient_spec
from tests.protocol.pair import START
from tests.test_policies_page import PAGE, block_after

pytestmark = [pytest.mark.real_time, pytest.mark.node]

SECTION = PAGE.partition("## In any language\n")[2].partition("\n## ")[0]


@pytest.fixture
def judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with the programs of the page in it."""
    for name in ("judge.mjs", "judge.sh"):
        tmp_path.joinpath(name).write_text(block_after(f"`{name}`"))
    assert shutil.which("node"), "the tests need Node.js"
    monkeypatch.chdir(tmp_path)
    return tmp_path


def note(text: str) -> Record:
    return sign_record(SecretKey(bytes(31) + b"\1"), created_at=START, kind=1, tags=[], content=text)


def test_the_programs_on_the_page_keep_their_word(
    judges: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = [patient_spec(["node", "judge.mjs"]), patient_spec(["sh", "judge.sh"])]
    monkeypatch.setattr("sys.argv", ["peerset", "policy", "check", *specs, "--json"])
    with pytest.raises(SystemExit) as ending:
        peerset_main()
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(row["policy"], row["class"], row["complaint"]) for row in rows] == [
        ("calm", "admission", ""),
        ("no-casino", "view", ""),
    ]
    assert ending.value.code in {0, None}


def test_spans_count_code_points_and_no_line_is_torn(judges: Path) -> None:
    policy = peerset.CommandPolicy(["node", "judge.mjs"], timeout_seconds=60)
    verdicts = policy.judge([note("hello!"), note("🏔 \u2028\u2029\u0085 äh!!!!!")])
    policy.close()
    assert verdicts == [Accept(), Reject("calm", "at most three exclamation marks", span=(8, 13))]


def test_the_shell_script_hides_advertisements(judges: Path) -> None:
    policy = peerset.CommandPolicy(["sh", "judge.sh"], timeout_seconds=60)
    verdicts = policy.judge([note("hello"), note('a "casino" \\ here')])
    policy.close()
    assert verdicts == [Accept(), Reject("no-casino", "an advertisement")]
    assert policy.fails_open


def test_the_settings_on_the_page_make_the_policy(judges: Path) -> None:
    [settings, _] = re.findall(r"```(?:toml|python)\n(.*?)```", SECTION, re.DOTALL)
    judges.joinpath("peerset.toml").write_text(settings)
    file = read_settings(judges / "peerset.toml", all_settings())
    [policies, *_] = [setting for setting in all_settings()[("join",)] if setting.name == "policies"]
    found = file.find(policies)
    assert found is not None
    assert isinstance(found[0], list)
    rulebook = open_policies(found[0])
    assert [policy.name for policy in rulebook.admission] == ["words", "calm"]
    [calm] = [policy for policy in rulebook.admission if isinstance(policy, peerset.CommandPolicy)]
    assert calm.timeout_seconds == 1.5
    assert open_policy("command:node judge.mjs").manifest == calm.manifest
    calm.close()


@pytest.mark.parametrize(
    "limit",
    [
        f"at most {BATCH_RECORDS_MAX:,} records; at most {TIMEOUT_SECONDS_MAX:g} | {TIMEOUT_SECONDS:g} |",
        f"at most {TIMEOUT_SECONDS_MAX:g}. Joining waits for that | {START_TIMEOUT_SECONDS:g} |",
        f"At most {QUESTION_BYTES_MAX:,} bytes",
        f"at most {LINE_BYTES_MAX:,} bytes",
        f"at most {REASON_CHARACTERS_MAX} printable characters",
        f"a `rule` of at most {RULE_CHARACTERS_MAX}",
    ],
)
def test_the_page_states_the_limits_as_they_are(limit: str) -> None:
    assert limit in SECTION
