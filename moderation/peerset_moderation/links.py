"""Links: none in texts, and in link fields only those that the room allows.

Link fields are the first value of ``r`` tags, and fields of the content's JSON that the room names. Every other text,
in the content and in tags, may hold no link.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, Self

from peerset import Accept, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.allowlist import AllowList, Link
from peerset_moderation.content import Content, texts_of
from peerset_moderation.hosts import HostFinder
from peerset_moderation.linktext import LinkFinder
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 2
FIELDS: Final = ("link", "url")
TAGS_UNREAD: Final = frozenset({"h", "e", "p", "g"})
"""Tags whose values are ids, keys and places."""


class LinkPolicy:
    """Refuse records with a link in a text, or a link that is not allowed in a link field."""

    name: str = "links"
    policy_class: PolicyClass = PolicyClass.ADMISSION

    def __init__(self, *, allow: Iterable[str] | None = None, fields: Iterable[str] = FIELDS) -> None:
        """Allow in *fields* only links that match *allow*; every http and https link when it is None.

        Raises:
            ConfigError: a pattern of *allow* is malformed.

        """
        hosts = HostFinder.load()
        self._finder = LinkFinder(hosts)
        self._allowed = None if allow is None else AllowList(allow)
        self._fields = frozenset(fields)
        written: dict[str, object] = {
            "allow": None if self._allowed is None else list(self._allowed.patterns),
            "fields": sorted(self._fields),
        }
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written), (hosts.digest,))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``links``, ``links:allow=zoom.us,youtube.com`` or ``links:fields=homepage``.

        Raises:
            ConfigError: an unknown parameter, or a malformed pattern.

        """
        read = Parameters.parse("links", parameters, known=("allow", "fields"))
        return cls(allow=read.texts("allow") or None, fields=read.texts("fields", FIELDS))

    @property
    def manifest(self) -> Manifest:
        """Patterns and fields; the hash is of the list of top-level domains."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        content = Content.read(record.content)
        links, texts = self._sort(content)
        return (
            self._judge_links(record.tag_values("r"), "a tag r")
            or self._judge_links(links, "a link field")
            or self._judge_texts(texts, content)
            or self._judge_tags(record)
            or Accept()
        )

    def _sort(self, content: Content) -> tuple[list[object], list[str]]:
        """Tell what stands in link fields from the other texts."""
        fields = content.fields
        named = self._fields.intersection(fields)
        if not named:
            return [], content.texts
        others = {key: value for key, value in fields.items() if key not in named}
        return list(_flat(fields[name] for name in sorted(named))), list(texts_of(others))

    def _judge_links(self, values: Iterable[object], place: str) -> Reject | None:
        for value in values:
            link = Link.parse(value) if isinstance(value, str) else None
            if link is None:
                return Reject(self.name, f"what stands in {place} is no plain http or https link", "malformed")
            if self._allowed is not None and not self._allowed.allows(link):
                return Reject(self.name, f"the link in {place} leads where this room allows none to", "host")
        return None

    def _judge_texts(self, texts: list[str], content: Content) -> Reject | None:
        # At once, for most texts are short; a line feed keeps them apart.
        found = self._finder.find("\n".join(texts))
        if found is None:
            return None
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        place = bisect_right(starts, found.start, hi=len(texts)) - 1
        text, start = texts[place], starts[place]
        span = content.span(text, found.start - start, min(found.end - start, len(text)))
        return Reject(self.name, "a link in the text", found.rule, span)

    def _judge_tags(self, record: Record) -> Reject | None:
        texts: list[str] = []
        for tag in record.tags:
            if tag[0] not in TAGS_UNREAD:
                texts.extend(tag[2:] if tag[0] == "r" else tag[1:])
        found = self._finder.find("\n".join(texts)) if texts else None
        return Reject(self.name, "a link in a tag", found.rule) if found else None


def _flat(values: Iterable[object]) -> Iterator[object]:
    """Iterate *values* and those of lists among them; an empty field holds no link."""
    for value in values:
        inner = value if isinstance(value, list) else [value]
        yield from (each for each in inner if each is not None and each != "")
