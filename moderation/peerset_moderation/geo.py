"""Geo: records only from inside a box on the map.

A record says where it is by geohash (``g`` tags) or by two fields of its content's JSON, latitude and longitude in
degrees (WGS 84); whatever it says must lie inside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

from peerset import Accept, ConfigError, Manifest, PolicyClass, Record, Reject, Verdict
from peerset_moderation.content import Content
from peerset_moderation.manifests import canonical_parameters
from peerset_moderation.parameters import Parameters

VERSION: Final = 1
GEOHASH_CHARACTERS_MAX: Final = 12
KIND_DELETION: Final = 5
FIELDS: Final = ("latitude", "longitude")

_ALPHABET: Final = "0123456789bcdefghjkmnpqrstuvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}

Place = tuple[float, float]
"""Latitude and longitude, in degrees."""


def decode_geohash(text: str) -> Place | None:
    """Give the centre of the cell that *text* names (Niemeyer's geohash, lower case); None when it is none."""
    if not 1 <= len(text) <= GEOHASH_CHARACTERS_MAX:
        return None
    # Longitude and latitude take turns, bit by bit, the longitude first.
    degrees, half, is_longitude = [0.0, 0.0], [90.0, 180.0], True
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            return None
        for bit in (16, 8, 4, 2, 1):
            half[is_longitude] /= 2
            degrees[is_longitude] += half[is_longitude] if value & bit else -half[is_longitude]
            is_longitude = not is_longitude
    return degrees[0], degrees[1]


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of latitudes and longitudes, in degrees; *west* above *east* crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    def has(self, place: Place) -> bool:
        """Say whether *place* lies inside, or on the edge."""
        latitude, longitude = place
        if self.west <= self.east:
            is_between = self.west <= longitude <= self.east
        else:
            is_between = longitude >= self.west or longitude <= self.east
        return is_between and self.south <= latitude <= self.north


def places_of(record: Record, content: Content, fields: tuple[str, str] = FIELDS) -> Iterator[Place | None]:
    """Iterate the places that *record* states in ``g`` tags and in *fields* of its *content*; None for what is none."""
    hashes = record.tag_values("g")
    for text in hashes:
        # Coarser cells come beside the finest so that they can be asked for; their centres lie elsewhere.
        if not any(other != text and other.startswith(text) for other in hashes):
            yield decode_geohash(text)
    latitude, longitude = (content.fields.get(name) for name in fields)
    if latitude is not None or longitude is not None:
        yield _place(latitude, longitude)


class GeoPolicy:
    """Refuse records from outside of a box, and, unless told otherwise, those that do not say where they are."""

    name: str = "geo"
    policy_class: PolicyClass = PolicyClass.ADMISSION

    def __init__(
        self,
        box: tuple[Decimal, Decimal, Decimal, Decimal],
        *,
        missing: str = "refuse",
        fields: tuple[str, str] = FIELDS,
    ) -> None:
        """Take what lies in *box* (south, west, north, east); ``missing="accept"`` takes records without a place.

        Raises:
            ConfigError: the south lies north of the north.

        """
        if box[0] > box[2]:
            raise ConfigError(f"geo: south ({box[0]}) lies north of north ({box[2]})")
        self._box = Box(*map(float, box))
        self._takes_missing = missing == "accept"
        self._fields = fields
        # Manifests hold no fractions: degrees are written as texts.
        written = {"box": [_written(edge) for edge in box], "fields": list(fields), "missing": missing}
        self._manifest = Manifest(self.name, VERSION, canonical_parameters(written))

    @classmethod
    def parse(cls, parameters: str) -> Self:
        """Make the policy from a spec: ``geo:south=52.3,west=13.1,north=52.7,east=13.8``, ``missing=accept``.

        Raises:
            ConfigError: an edge is missing or no number in range, or an unknown parameter.

        """
        known = ("south", "west", "north", "east", "missing", "latitude", "longitude")
        read = Parameters.parse("geo", parameters, known=known)
        south, north = (read.number(edge, least=-90, most=90) for edge in ("south", "north"))
        west, east = (read.number(edge, least=-180, most=180) for edge in ("west", "east"))
        return cls(
            (south, west, north, east),
            missing=read.choice("missing", ("refuse", "accept")),
            fields=(read.text("latitude", FIELDS[0]), read.text("longitude", FIELDS[1])),
        )

    @property
    def manifest(self) -> Manifest:
        """The box, and where it looks."""
        return self._manifest

    def judge(self, records: Sequence[Record]) -> list[Verdict]:
        """Give a verdict on each record."""
        return [self._judge(record) for record in records]

    def _judge(self, record: Record) -> Verdict:
        if record.kind == KIND_DELETION:
            return Accept()
        places = list(places_of(record, Content.read(record.content), self._fields))
        if None in places:
            return Reject(self.name, "it states a place that is none", "malformed")
        if not places and not self._takes_missing:
            return Reject(self.name, "it does not say where it is", "missing")
        if not all(place is not None and self._box.has(place) for place in places):
            return Reject(self.name, "it lies outside of this room's box", "outside")
        return Accept()


def _place(latitude: object, longitude: object) -> Place | None:
    if _is_degrees(latitude, 90) and _is_degrees(longitude, 180):
        return float(str(latitude)), float(str(longitude))
    return None


def _is_degrees(value: object, most: int) -> bool:
    # True and False are whole numbers to Python.
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _written(edge: Decimal) -> str:
    # Zero has a sign, and 52.50 another form than 52.5.
    return f"{edge.normalize() + 0:f}"
