from peerset.testing.ideal import flood, links_of, tree_of

RING = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]


def test_a_flood_takes_the_shortest_way_to_each() -> None:
    assert flood(links_of(RING), [0], way=lambda: 2.0, work=lambda: 1.0) == (1.0, 4.0, 4.0, 7.0, 7.0, 10.0)


def test_a_flood_takes_a_detour_that_is_faster() -> None:
    ways = iter([9.0, 1.0, 1.0, 9.0])

    assert flood(links_of([(0, 1), (0, 2), (1, 2)]), [0], way=lambda: next(ways), work=lambda: 0.0) == (0.0, 1.0, 2.0)


def test_of_each_author_all_deliveries_count() -> None:
    assert flood(links_of([(0, 1)]), [0, 1], way=lambda: 2.0, work=lambda: 0.0) == (0.0, 0.0, 2.0, 2.0)


def test_who_has_no_link_has_what_it_wrote() -> None:
    assert flood({}, [7], way=lambda: 2.0, work=lambda: 0.5) == (0.5,)


def test_a_tree_leads_to_everybody_once_and_from_its_root_straight() -> None:
    tree = tree_of(links_of(RING), 0)

    assert sum(map(len, tree.values())) == 2 * 5
    assert flood(tree, [0], way=lambda: 1.0, work=lambda: 0.0) == (0.0, 1.0, 1.0, 2.0, 2.0, 3.0)
    assert flood(tree, [3], way=lambda: 1.0, work=lambda: 0.0)[-1] == 5.0
