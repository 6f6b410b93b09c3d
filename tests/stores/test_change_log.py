"""The log of changes in memory; what it must tell is in `peerset.testing.check_changes`."""

import pytest

from peerset.core.clock import UnixTime
from peerset.core.limits import CHANGES_KEPT_MAX, CHANGES_KEPT_SECONDS
from peerset.documents.change import Bookmark, ChangeKind
from peerset.errors import CursorError
from peerset.stores.change_log import ChangeLog
from peerset.testing.sample_documents import ANN, document

RECORD = document(ANN, 0, {"title": "a"})


def test_it_keeps_the_newest_of_what_went() -> None:
    log = ChangeLog(1)
    start = log.end()
    for _ in range(CHANGES_KEPT_MAX):
        log.show(RECORD.id, ChangeKind.SHOWN)
        log.hide(RECORD, ChangeKind.HIDDEN)
    assert log.changes(start, {}, limit=1).changes == ()
    log.show(RECORD.id, ChangeKind.SHOWN)
    log.hide(RECORD, ChangeKind.HIDDEN)
    with pytest.raises(CursorError, match=r"no longer reaches back to 00000001-0-0: start over"):
        log.changes(start, {}, limit=1)
    assert log.changes(Bookmark(1, 0, 2), {}, limit=1).is_last


def test_it_forgets_what_went_long_ago() -> None:
    log = ChangeLog(1)
    log.sweep(UnixTime(1_000))
    log.show(RECORD.id, ChangeKind.ADDED)
    early = log.end()
    log.hide(RECORD, ChangeKind.REMOVED)
    log.sweep(UnixTime(1_000 + CHANGES_KEPT_SECONDS))
    assert len(log.changes(early, {}, limit=1).changes) == 1
    log.sweep(UnixTime(1_001 + CHANGES_KEPT_SECONDS))
    with pytest.raises(CursorError):
        log.changes(early, {}, limit=1)
    assert RECORD.id not in log


def test_what_went_before_the_first_sweep_is_not_older_than_that() -> None:
    log = ChangeLog(1)
    log.show(RECORD.id, ChangeKind.ADDED)
    early = log.end()
    log.hide(RECORD, ChangeKind.REMOVED)
    log.sweep(UnixTime(1_000 + CHANGES_KEPT_SECONDS))
    assert len(log.changes(early, {}, limit=1).changes) == 1
