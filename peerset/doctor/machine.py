"""Looks at what peerset needs of this machine: disk and keys."""

import shutil
from pathlib import Path
from typing import Final

from peerset.doctor.finding import Finding, Health
from peerset.errors import ConfigError
from peerset.keyfiles import list_keys, load_key

FREE_BYTES_MIN: Final = 100_000_000


def examine_directory(directory: Path) -> Finding:
    """Say whether rooms and keys can be kept under *directory*, which is made when it is not there."""
    name = "data directory"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = directory / ".doctor"
        probe.write_bytes(b"well")
        probe.unlink()
        free_bytes = shutil.disk_usage(directory).free
    except OSError as error:
        advice = f"make {directory} a directory that you may write, or give --store and --key another place"
        return Finding(name, Health.ILL, f"{directory}: {error.strerror}", advice)
    if free_bytes < FREE_BYTES_MIN:
        return Finding(name, Health.WEAK, f"{directory} has {free_bytes // 1_000_000} MB left", "free some space")
    return Finding(name, Health.WELL, f"{directory}, {free_bytes // 1_000_000:,} MB free")


def examine_keys(directory: Path | None = None) -> list[Finding]:
    """Say of each named key whether it can be used."""
    return [_examine_key(file.name, file.path) for file in list_keys(directory=directory)]


def _examine_key(name: str, path: Path) -> Finding:
    try:
        load_key(path, passphrase=_refuse)
    except _SealedError:
        return Finding(f"key {name}", Health.WELL, "sealed by a passphrase")
    except ConfigError as error:
        return Finding(f"key {name}", Health.WEAK, str(error), "mend or remove the file, or choose another --key")
    return Finding(f"key {name}", Health.WELL, str(path))


class _SealedError(Exception):
    """The key wants a passphrase, which the doctor does not ask for."""


def _refuse() -> str:
    raise _SealedError
