"""Policies from plain functions: what most authors need.

::

    @peerset.admission("no-shouting", version=1)
    def no_shouting(record: peerset.Record) -> str | None:
        return "please do not shout" if record.content.isupper() else None
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from peerset.core.record import Record
from peerset.core.rules import Manifest
from peerset.core.verdict import Accept, PolicyClass, Reject, Verdict

Opinion = Callable[[Record], str | None]
"""Gives the reason for which a record is refused, or None."""


@dataclass(frozen=True, slots=True)
class FunctionPolicy:
    """A policy made of one function; made by `admission` and `view`."""

    manifest: Manifest
    policy_class: PolicyClass
    opinion: Opinion

    @property
    def name(self) -> str:
        """What a refusal is reported under."""
        return self.manifest.name

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Ask the function of each record."""
        return [self._judge_one(record) for record in records]

    def _judge_one(self, record: Record) -> Verdict:
        reason = self.opinion(record)
        return Accept() if reason is None else Reject(self.name, reason)


def admission(name: str, *, version: int, parameters: str = "{}") -> Callable[[Opinion], FunctionPolicy]:
    """Make an admission policy of a function that gives the reason for a refusal, or None.

    The function must be pure: the record alone decides. Raise *version* whenever its judgement changes.

    Raises:
        ConfigError: *name* or *parameters* (a canonical JSON object) is malformed.

    """
    manifest = Manifest(name, version, parameters)
    return lambda opinion: FunctionPolicy(manifest, PolicyClass.ADMISSION, opinion)


def view(name: str, *, version: int, parameters: str = "{}") -> Callable[[Opinion], FunctionPolicy]:
    """Make a view policy of a function; it may depend on anything, and hides records here only.

    Raises:
        ConfigError: *name* or *parameters* (a canonical JSON object) is malformed.

    """
    manifest = Manifest(name, version, parameters)
    return lambda opinion: FunctionPolicy(manifest, PolicyClass.VIEW, opinion)
