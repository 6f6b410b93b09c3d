"""The commands of all verbs, each built once for all tests, as in each process."""

from functools import cache
from typing import Any, Final

from peerset.cli import app
from peerset.cli.building import command_of
from peerset.cli.verbs import verbs_by_words

VERBS: Final = dict(verbs_by_words())

built = cache(app.build)


@cache
def command_at(words: tuple[str, ...]) -> Any:
    """Give the command of the verb that is called by *words*."""
    return command_of(words, VERBS[words])
