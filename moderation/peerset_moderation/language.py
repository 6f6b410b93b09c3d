"""Language: texts in other languages than the room's are hidden here.

A guess by py3langid, an optional dependency: its models change with its versions, so this only hides and never
decides membership.
"""

import importlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.content import Content
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
CHARACTERS_MIN: Final = 20
CHARACTERS_MIN_MAX: Final = 2_000
CHARACTERS_READ_MAX: Final = 2_000
LANGUAGES_MAX: Final = 64

Classify = Callable[[str], str]
"""Guesses the language of a text, as an ISO 639-1 code."""


def load_classifier() -> Classify:
    """Give py3langid's guess.

    Raises:
        ConfigError: it is not installed.

    """
    try:
        module = importlib.import_module("py3langid")
    except ImportError as error:
        raise ConfigError("language: py3langid is missing: pip install 'peerset[language]'") from error
    return lambda text: str(module.classify(text)[0])


class LanguagePolicy:
    """Hide records whose text is long enough to tell, and in none of the room's languages."""

    name: str = "language"
    policy_class: PolicyClass = PolicyClass.VIEW

    def __init__(self, *, allow: Iterable[str], classify: Classify, least: int = CHARACTERS_MIN) -> None:
        """Show the languages of *allow*, as *classify* names them, and texts below *least* characters."""
        self._allowed = frozenset(allow)
        self._classify = classify
        self._least = least
        written = {"allow": sorted(self._allowed), "least": least}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``language:allow=en,de``.

        Raises:
            ConfigError: no language is given, what is no code of two letters, or py3langid is not installed.

        """
        read = Parameters.parse("language", parameters, known=("allow", "least"))
        allow = read.texts("allow")
        if not allow or len(allow) > LANGUAGES_MAX:
            raise read.error("allow", f"needs 1 to {LANGUAGES_MAX} languages, such as language:allow=en,de")
        for code in allow:
            if len(code) != 2 or not (code.isascii() and code.islower()):
                raise read.error("allow", f"has {code!r}, no ISO 639-1 code such as en")
        least = read.whole("least", CHARACTERS_MIN, least=1, most=CHARACTERS_MIN_MAX)
        return cls(allow=allow, classify=load_classifier(), least=least)

    @property
    def manifest(self) -> Manifest:
        """Which languages, and from what length."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        content = Content.read(record.content)
        # Keys are the program's words; values the author's.
        text = " ".join(content.texts if not content.fields else _values(content.fields))[:CHARACTERS_READ_MAX].strip()
        if len(text) < self._least:
            return Accept()
        found = self._classify(text)
        if found in self._allowed:
            return Accept()
        return Reject(self.name, f"its text seems to be in the language {found[:8]!r}", "allow")


def _values(fields: dict[str, object]) -> list[str]:
    return [value for value in fields.values() if isinstance(value, str)]
