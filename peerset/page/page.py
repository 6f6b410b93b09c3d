"""A page that is ready to be served: its files and the policy that browsers hold it to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from peerset.page.document import security_policy, write_document
from peerset.page.files import BUILT, PageFile, read_files
from peerset.page.settings import PageSettings


@dataclass(frozen=True, slots=True)
class Page:
    """Everything a browser is given."""

    files: Mapping[str, PageFile]
    """By name; ``index.html`` is the page itself."""
    policy: str
    """The Content-Security-Policy."""


def make_page(settings: PageSettings, *, folder: Path = BUILT) -> Page:
    """Make the page that *settings* describe, with the scripts in *folder*.

    Raises:
        ConfigError: the scripts were not built.

    """
    return Page(read_files(write_document(settings), folder=folder), security_policy(settings))
