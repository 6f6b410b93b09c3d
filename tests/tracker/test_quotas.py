"""What the clients of one address may do together."""

from peerset.core.clock import Monotonic
from peerset.tracker.census import NETWORK_ADDRESSES
from peerset.tracker.origin import origin_of
from peerset.tracker.quotas import OFFERERS_REMEMBERED_MAX, PLACES_REMEMBERED_MAX, Attention, Quotas

NOW = Monotonic(0.0)


def test_the_clients_of_an_address_share_what_it_has() -> None:
    quotas = Quotas(1.0, 4)
    first, second = (quotas.of(origin_of("8.8.8.8")) for _ in range(2))
    assert first.spend(3, NOW)
    assert (first.left(NOW), second.left(NOW)) == (1, 1)
    assert not second.spend(2, NOW)
    assert second.spend(1, NOW)
    assert second.left(Monotonic(2.0)) == 2
    assert quotas.of(origin_of("8.8.9.8")).left(NOW) == 4


def test_a_network_has_as_much_as_four_addresses() -> None:
    quotas = Quotas(1.0, 4)
    spent = [quotas.of(origin_of(f"8.8.8.{host}")).spend(4, NOW) for host in range(NETWORK_ADDRESSES + 1)]
    assert spent == [True] * NETWORK_ADDRESSES + [False]


def test_a_private_address_has_a_share_of_its_own() -> None:
    quotas = Quotas(1.0, 4)
    assert all(quotas.of(origin_of(f"10.0.0.{host}")).spend(4, NOW) for host in range(9))


def test_so_many_addresses_are_remembered_and_the_quiet_ones_are_forgotten() -> None:
    quotas = Quotas(1.0, 4)
    busy = origin_of("10.255.255.255")
    for number in range(PLACES_REMEMBERED_MAX):
        quotas.of(busy)
        quotas.of(origin_of(f"10.0.{number // 250}.{number % 250}"))
        if not number:
            quotas.of(busy).spend(4, NOW)
    assert len(quotas) == PLACES_REMEMBERED_MAX
    assert quotas.of(busy).left(NOW) == 0


def test_a_member_is_given_so_many_offers_of_one_address() -> None:
    attention = Attention(0.5, 2)
    assert [attention.spend("8.8.8.8", NOW) for _ in range(3)] == [True, True, False]
    assert attention.spend("8.8.8.9", NOW)
    assert [attention.spend("8.8.8.8", Monotonic(2.0)) for _ in range(2)] == [True, False]


def test_so_many_addresses_of_offers_are_remembered() -> None:
    attention = Attention(1.0, 1)
    for number in range(OFFERERS_REMEMBERED_MAX + 1):
        assert attention.spend(f"10.0.0.{number}", NOW)
    assert len(attention) == OFFERERS_REMEMBERED_MAX
    assert not attention.spend(f"10.0.0.{OFFERERS_REMEMBERED_MAX}", NOW)
    assert attention.spend("10.0.0.0", NOW)
