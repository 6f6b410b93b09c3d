"""Schema: what records of a kind or collection must look like.

Rules come from parameters (``schema:collection=places,text=title,geo=yes``), from a file in TOML or JSON
(``schema:file=rules.toml``), or as one JSON object. A record must keep every rule that concerns it.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset.files import read_text
from peerset_moderation.allowlist import Link
from peerset_moderation.content import Content
from peerset_moderation.definition import Definition
from peerset_moderation.geo import places_of
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters, read_object

VERSION: Final = 1
FILE_BYTES_MAX: Final = 1_048_576
RULES_MAX: Final = 256
KIND_MAX: Final = 65_535
KIND_DELETION: Final = 5

Fault = tuple[str, str]
"""Which rule, and the reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRule:
    """What the records of some kinds and collections must have."""

    kind: tuple[int, ...] = ()
    """Kinds it concerns; empty for all but deletions."""
    collection: tuple[str, ...] = ()
    """Collections it concerns, by the first ``c`` tag; empty for all."""
    text: tuple[str, ...] = ()
    """Fields of the content that must hold a text that is not blank."""
    link: tuple[str, ...] = ()
    """Fields that must hold an http or https link."""
    tag: tuple[str, ...] = ()
    """Names of tags that must be there, with a value."""
    geo: bool = False
    """Whether it must say where it is: latitude and longitude in the content, or a ``g`` tag."""
    bytes: int | None = None
    """How long the content may be, in bytes of UTF-8."""
    tags: int | None = None
    """How many tags there may be."""

    @classmethod
    def read(cls, document: Mapping[str, object], *, place: str) -> Self:
        """Read a rule from *document*, without its key ``schema``; *place* names it in errors.

        Raises:
            ConfigError: an unknown key, or a wrong value.

        """
        written = json.dumps({key: value for key, value in document.items() if key != "schema"}, default=str)
        read = Parameters.parse(place, written, known=cls.__slots__)
        return cls(
            kind=tuple(sorted(read.whole_of("kind", text, least=0, most=KIND_MAX) for text in read.texts("kind"))),
            collection=tuple(sorted(read.texts("collection"))),
            text=tuple(sorted(read.texts("text"))),
            link=tuple(sorted(read.texts("link"))),
            tag=tuple(sorted(read.texts("tag"))),
            geo=read.truth("geo", default=False),
            bytes=read.whole("bytes", None, least=0, most=65_536) if "bytes" in read.values else None,
            tags=read.whole("tags", None, least=0, most=64) if "tags" in read.values else None,
        )

    def concerns(self, record: Record) -> bool:
        """Say whether *record* must keep this rule."""
        if record.kind not in self.kind if self.kind else record.kind == KIND_DELETION:
            return False
        return not self.collection or "".join(record.tag_values("c")[:1]) in self.collection

    def find_fault(self, record: Record, content: Content) -> Fault | None:
        """Say what of this rule *record* breaks; None when it keeps all."""
        if self.bytes is not None and len(content.raw.encode()) > self.bytes:
            return "bytes", f"its content is longer than {self.bytes} bytes"
        if self.tags is not None and len(record.tags) > self.tags:
            return "tags", f"it has more than {self.tags} tags"
        for name in self.tag:
            if not any(record.tag_values(name)):
                return "tag", f"it has no tag {name!r} with a value"
        if self.geo and not _is_placed(record, content):
            return "geo", "it does not say where it is"
        return self._find_fault_in_fields(content)

    def _find_fault_in_fields(self, content: Content) -> Fault | None:
        for name in self.text:
            value = content.fields.get(name)
            if not isinstance(value, str) or not value.strip():
                return "text", f"its content has no text in the field {name!r}"
        for name in self.link:
            value = content.fields.get(name)
            if not isinstance(value, str) or Link.parse(value) is None:
                return "link", f"its content has no link in the field {name!r}"
        return None


class SchemaPolicy:
    """Refuse records that break the room's rules for their kind or collection."""

    name: str = "schema"
    policy_class: PolicyClass = PolicyClass.ADMISSION

    def __init__(self, rules: Sequence[Mapping[str, object]], *, others: str = "accept") -> None:
        """Take records that keep *rules*; those that none concerns too, unless *others* is ``refuse``.

        Each rule has the fields of `SchemaRule`, and may have a JSON Schema under ``schema``.

        Raises:
            ConfigError: a rule is malformed, or needs fastjsonschema, which is not installed.

        """
        if not rules or len(rules) > RULES_MAX:
            raise ConfigError(f"schema: needs 1 to {RULES_MAX} rules")
        self._rules = [
            (SchemaRule.read(rule, place=f"schema: rule {number}"), _compile(rule, number))
            for number, rule in enumerate(rules, 1)
        ]
        self._refuses_others = others == "refuse"
        # A schema may hold fractions, which manifests do not: rules are written as a hash.
        written = [
            {**asdict(rule), "schema": given.get("schema")} for (rule, _), given in zip(self._rules, rules, strict=True)
        ]
        texts = sorted(json.dumps(each, sort_keys=True, separators=(",", ":"), default=str) for each in written)
        digest = hashlib.sha256("\n".join(texts).encode()).digest()
        parameters = canonical_parameters({"others": others, "rules": len(self._rules)})
        self._manifest = Manifest(self.name, VERSION, parameters, (digest,))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec, as the module's docstring shows.

        Raises:
            ConfigError: no rule is given, one is malformed, or the file cannot be read.

        """
        if parameters.lstrip().startswith("{"):
            document = read_object("schema", parameters)
        else:
            known = ("file", "others", *SchemaRule.__slots__)
            read = Parameters.parse("schema", parameters, known=known)
            document = {key: list(values) for key, values in read.values.items()}
            if "file" in document:
                if set(document) != {"file"}:
                    raise ConfigError("schema: what stands beside file= belongs into the file")
                document = _read_file(Path(read.text("file")))
        others = document.pop("others", "accept")
        others = others[0] if isinstance(others, list) and len(others) == 1 else others
        if not isinstance(others, str) or others not in ("accept", "refuse"):
            raise ConfigError(f"schema: others is {others!r}, not accept or refuse")
        rules = document.get("rules", [document] if document else [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise ConfigError("schema: rules must be a list of objects")
        if "rules" in document and len(document) > 1:
            raise ConfigError(f"schema: beside rules and others there may be nothing: {', '.join(sorted(document))}")
        return cls(rules, others=others)

    @property
    def manifest(self) -> Manifest:
        """How many rules, and what becomes of other records; the hash is of the rules, in any order."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        content = Content.read(record.content)
        is_concerned = False
        for rule, definition in self._rules:
            if not rule.concerns(record):
                continue
            is_concerned = True
            fault = rule.find_fault(record, content) or (definition and _find_fault(definition, content))
            if fault:
                return Reject(self.name, fault[1], fault[0])
        if self._refuses_others and not is_concerned and record.kind != KIND_DELETION:
            return Reject(self.name, "this room takes no such kind or collection of records", "others")
        return Accept()


def _find_fault(definition: Definition, content: Content) -> Fault | None:
    if content.tree is None:
        return "json", "its content is no JSON object or array"
    fault = definition.find_fault(content.tree)
    if fault is None:
        return None
    keyword, field = fault
    where = f" in the field {field!r}" if field else ""
    return f"schema.{keyword}", f"its content breaks the room's schema: {keyword}{where}"


def _is_placed(record: Record, content: Content) -> bool:
    places = list(places_of(record, content))
    return bool(places) and None not in places


def _compile(rule: Mapping[str, object], number: int) -> Definition | None:
    return Definition.compile(rule["schema"], place=f"schema: rule {number}: schema") if "schema" in rule else None


def _read_file(path: Path) -> dict[str, Any]:
    text = read_text(path, bytes_max=FILE_BYTES_MAX, what=f"schema: {path}")
    if path.suffix == ".json":
        return read_object(f"schema: {path}", text)
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"schema: {path} is no TOML: {error}") from error
