"""Every limit on what pages of the original app can cause. Each has a test that crosses it."""

from typing import Final

RECORDS_HELD_MAX: Final = 20_000
"""Of theirs and ours together; a page of that app takes none such number for hours."""
RECORDS_IGNORED_MAX: Final = 20_000
"""Theirs that are not for us, or were refused: asked for once in a run."""
PARTNERS_MAX: Final = 64

TEXT_BYTES_MAX: Final = 16_384
LINK_BYTES_MAX: Final = 2_048
NAME_BYTES_MAX: Final = 256
"""Of a bucket, an npub and a signature."""

PATH_BYTES_MAX: Final = 512
ENTRIES_MAX: Final = 1_024
"""Subtrees of one answer that are read."""
UUIDS_PER_MESSAGE_MAX: Final = 20_000
PATHS_ASKED_MAX: Final = 4_096
"""Subtrees asked for to learn what one page holds."""

RECORDS_PER_REQUEST: Final = 100
RECORDS_PER_MESSAGE: Final = 100
ANSWER_SECONDS: Final = 30.0
ASK_INTERVAL_SECONDS: Final = 20.0
"""A page says nothing of what its user writes; so it is asked."""
ROOT_QUIET_SECONDS: Final = 2.0
"""From the last record that came in to the word of a new root."""
ROOT_INTERVAL_SECONDS: Final = 10.0
"""Between two words of it to a page that lacks something."""

QUESTIONS_PER_SECOND: Final = 4.0
QUESTIONS_BURST: Final = 64.0
GIVEN_PER_SECOND: Final = 500.0
GIVEN_BURST: Final = 20_000.0
"""Records given to one page, on average and at once."""
