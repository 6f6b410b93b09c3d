from dataclasses import replace
from xml.etree import ElementTree

from peerset.testing.figures import Snapshot
from peerset.testing.picture import EDGES_MAX, HOSTILE, MEMBERS_MAX, SCALE, UNREACHED, draw
from tests.testing.test_figures import FIGURES


def test_a_picture_shows_each_member_and_when_a_record_came_to_it() -> None:
    picture = draw(FIGURES)

    root = ElementTree.fromstring(picture)
    dots = [element for element in root if element.tag.endswith("circle")]
    assert len(dots) == 4
    assert sorted(dot.attrib["fill"] for dot in dots) == sorted([SCALE[0], SCALE[-1], UNREACHED, HOSTILE])
    assert "2 of 2 channels, 4 of 4 members drawn" in picture
    assert "4 members, 1 of them hostile, seed 7" in picture


def test_the_picture_of_a_large_swarm_is_thinned_out_and_says_so() -> None:
    count = MEMBERS_MAX + 1_000
    edges = tuple((number, (number + step) % count) for number in range(count) for step in (1, 2, 3, 4, 5))
    large = replace(FIGURES, members=count, snapshot=Snapshot(("20.0.0",) * count, frozenset(), edges, {}))

    picture = draw(large)

    assert picture == draw(large)
    assert picture.count("<circle") == MEMBERS_MAX
    assert picture.count("M") < EDGES_MAX + 200
    assert f"of {len(edges):,} channels, {MEMBERS_MAX:,} of {count:,} members drawn" in picture


def test_a_swarm_without_living_members_can_be_drawn() -> None:
    ElementTree.fromstring(draw(replace(FIGURES, degrees=(), seconds=())))
