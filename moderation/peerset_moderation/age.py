"""Age: records only from a stretch of time.

``age`` compares created_at with fixed dates, so that every peer gives the same verdict at any time: it decides
admission. ``freshness`` compares it with this peer's clock, and therefore only hides.
"""

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
UNIX_MAX: Final = 2**53 - 1
SECONDS_MAX: Final = 366 * 86_400

_DURATION: Final = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class AgePolicy:
    """Refuse records dated before or after fixed dates."""

    name: str = "age"
    policy_class: PolicyClass = PolicyClass.ADMISSION
    judges_envelopes: bool = True
    """It asks nothing that is sealed."""

    def __init__(self, *, earliest: int = 0, latest: int = UNIX_MAX) -> None:
        """Take created_at from *earliest* to *latest*, both included, in Unix seconds.

        Raises:
            ConfigError: the stretch is empty.

        """
        if earliest > latest:
            raise ConfigError(f"age: earliest ({earliest}) lies after latest ({latest})")
        self._earliest = earliest
        self._latest = latest
        written = {"earliest": earliest, "latest": latest}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``age:earliest=2026-11-01,latest=2026-11-30T18:00:00Z`` or in Unix seconds.

        Raises:
            ConfigError: neither date is given, an unknown parameter, or what is no date.

        """
        read = Parameters.parse("age", parameters, known=("earliest", "latest"))
        if not read.values:
            raise ConfigError("age: give earliest=, latest= or both; for ages relative to now there is 'freshness'")
        return cls(earliest=_unix(read, "earliest", 0), latest=_unix(read, "latest", UNIX_MAX))

    @property
    def manifest(self) -> Manifest:
        """Both dates, in Unix seconds."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if record.created_at < self._earliest:
            return Reject(self.name, f"dated before {_date(self._earliest)}", "earliest")
        if record.created_at > self._latest:
            return Reject(self.name, f"dated after {_date(self._latest)}", "latest")
        return Accept()


class FreshnessPolicy:
    """Hide records that are too old, or too new, when they are judged."""

    name: str = "freshness"
    policy_class: PolicyClass = PolicyClass.VIEW

    def __init__(
        self,
        *,
        minimum_seconds: int = 0,
        maximum_seconds: int = SECONDS_MAX,
        now: Callable[[], float] = time.time,  # noqa: TID251 - the default of an injected clock
    ) -> None:
        """Show ages from *minimum_seconds* to *maximum_seconds*; *now* gives Unix seconds.

        Raises:
            ConfigError: no age can be both.

        """
        if minimum_seconds > maximum_seconds:
            raise ConfigError(f"freshness: minimum ({minimum_seconds} s) exceeds maximum ({maximum_seconds} s)")
        self._minimum_seconds = minimum_seconds
        self._maximum_seconds = maximum_seconds
        self._now = now
        written = {"maximum_seconds": maximum_seconds, "minimum_seconds": minimum_seconds}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``freshness:maximum=7d`` or ``freshness:minimum=30s,maximum=12h``.

        Raises:
            ConfigError: neither age is given, an unknown parameter, or what is no age.

        """
        read = Parameters.parse("freshness", parameters, known=("minimum", "maximum"))
        if not read.values:
            raise ConfigError("freshness: give minimum=, maximum= or both, such as freshness:maximum=7d")
        maximum_seconds = _seconds(read, "maximum", SECONDS_MAX)
        return cls(minimum_seconds=_seconds(read, "minimum", 0), maximum_seconds=maximum_seconds)

    @property
    def manifest(self) -> Manifest:
        """Both ages, in seconds."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record, as of now."""
        now = self._now()
        return [self._judge(now - record.created_at) for record in records]

    def _judge(self, age_seconds: float) -> Verdict:
        if age_seconds > self._maximum_seconds:
            return Reject(self.name, f"older than {self._maximum_seconds} s", "maximum")
        # What is dated ahead of the clock is as new as can be, when no age is demanded.
        if age_seconds < self._minimum_seconds and self._minimum_seconds > 0:
            return Reject(self.name, f"not yet {self._minimum_seconds} s old", "minimum")
        return Accept()


def _unix(read: Parameters, key: str, default: int) -> int:
    if key not in read.values:
        return default
    text = read.text(key)
    if text.isascii() and text.isdecimal():
        return read.whole_of(key, text, least=0, most=UNIX_MAX)
    try:
        date = datetime.fromisoformat(text)
        found = int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError) as error:
        raise read.error(key, f"is {text!r}, no date such as 2026-11-30 or 2026-11-30T18:00:00Z") from error
    if found < 0:
        raise read.error(key, "lies before 1970")
    return found


def _seconds(read: Parameters, key: str, default: int) -> int:
    if key not in read.values:
        return default
    match = _DURATION.fullmatch(read.text(key))
    found = int(match[1]) * _UNITS[match[2]] if match else SECONDS_MAX + 1
    if found > SECONDS_MAX:
        raise read.error(key, f"is {read.text(key)!r}, not an age such as 90s, 12h or 7d, at most a year")
    return found


def _date(unix: int) -> str:
    try:
        return datetime.fromtimestamp(unix, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"{unix} (Unix seconds)"
