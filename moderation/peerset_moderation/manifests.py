"""Manifests: how a policy writes down what it judges by."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def canonical_parameters(parameters: Mapping[str, object]) -> str:
    """Write *parameters* as `peerset.Manifest` wants them: JSON, keys sorted, no spaces, text unescaped.

    The manifest itself refuses what has no such form: fractions, huge numbers, keys outside ASCII.
    """
    return _ENCODER.encode(dict(parameters))


def digest_of(lines: Iterable[str]) -> bytes:
    """Give the SHA-256 of *lines* as a set: sorted, without doubles, one a line, in UTF-8."""
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(set(lines))).encode()).digest()
