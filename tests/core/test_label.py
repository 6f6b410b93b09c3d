"""Labels: what they name, and what is none."""

import json
import runpy
from pathlib import Path
from typing import Final

from peerset.core.clock import UnixTime
from peerset.core.keys import SecretKey
from peerset.core.label import HIDDEN, KEY_TAG, KIND_LABEL, RECORD_TAG, REVOKED, label_tags, labelled_in
from peerset.core.record import sign_record

FOLDER: Final = Path(__file__).parents[1] / "vectors"
KEY: Final = SecretKey(bytes([1]) * 32)


def test_the_vectors_are_what_their_script_writes() -> None:
    assert runpy.run_path(str(FOLDER / "make_labels.py"))["make"]() == (FOLDER / "labels.json").read_text("utf-8")


def test_a_label_names_a_record_or_a_key_by_one_word() -> None:
    tags = label_tags(REVOKED, KEY_TAG, KEY.public_key)
    label = sign_record(KEY, created_at=UnixTime(5), kind=KIND_LABEL, tags=tags, content="why")
    assert labelled_in(label, REVOKED, KEY_TAG) == KEY.public_key
    assert labelled_in(label, HIDDEN, KEY_TAG) is None
    assert labelled_in(label, REVOKED, RECORD_TAG) is None
    assert json.dumps(label.tags) == json.dumps([["L", "peerset"], ["l", "revoked", "peerset"], ["p", tags[2][1]]])
