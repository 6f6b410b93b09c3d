"""Every kind of villain, by the names `Faults` uses."""

from collections.abc import Mapping
from typing import Final

from peerset.testing.hostile import (
    BreachVillain,
    CourteousVillain,
    FloodVillain,
    ForgeVillain,
    GarbageVillain,
    LieVillain,
    OfferVillain,
    PruneVillain,
    RepeatVillain,
    ReplayVillain,
    SilenceVillain,
    SpamVillain,
    Villain,
)
from peerset.testing.inventors import NamingVillain, SketchVillain

VILLAINS: Final[Mapping[str, type[Villain]]] = {
    "garbage": GarbageVillain,
    "replay": ReplayVillain,
    "forge": ForgeVillain,
    "lie": LieVillain,
    "flood": FloodVillain,
    "silence": SilenceVillain,
    "offers": OfferVillain,
    "breach": BreachVillain,
    "spam": SpamVillain,
    "repeat": RepeatVillain,
    "courteous": CourteousVillain,
    "prune": PruneVillain,
    "naming": NamingVillain,
    "sketch": SketchVillain,
}
