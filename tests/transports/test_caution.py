"""How much is said to addresses that a stranger names."""

from peerset.core.clock import Monotonic
from peerset.core.limits import (
    PROBE_BYTES_BURST_MAX,
    PROBE_BYTES_PER_SECOND_MAX,
    PROBED_NETWORKS_MAX,
    REFLECTION_TIMES_MAX,
)
from peerset.transports.caution import HEADER_BYTES_IPV4, HEADER_BYTES_IPV6, RESPONSE_BYTES, Caution, ProbedNetworks

NOW = Monotonic(0.0)
CHECK = 100
OFFER = 1_000


def probes(caution: Caution, *addresses: str, limit: int = 1_000) -> int:
    """Send checks until no more may go; give how many."""
    count = 0
    while count < limit and any(caution.may_probe(address, CHECK, NOW) for address in addresses):
        count += 1
    return count


def test_a_network_is_sent_at_most_twice_the_description_that_names_it_whatever_is_in_it() -> None:
    caution = Caution(ProbedNetworks())
    caution.pay(OFFER, ["8.8.8.8", "8.8.8.9", "8.8.9.8"])
    allowed = REFLECTION_TIMES_MAX * OFFER // (CHECK + HEADER_BYTES_IPV4)
    assert probes(caution, "8.8.8.8", "8.8.8.9", "8.8.8.77") == allowed
    assert probes(caution, "8.8.9.8") == allowed
    assert probes(caution, "9.9.9.9") == 0


def test_what_was_hidden_behind_a_name_is_paid_for_like_the_others() -> None:
    caution = Caution(ProbedNetworks())
    caution.pay(OFFER, [])
    caution.name("fd00::7")
    assert probes(caution, "fd00::7") == REFLECTION_TIMES_MAX * OFFER // (CHECK + HEADER_BYTES_IPV6)
    caution.name("fd00::8")
    assert probes(caution, "fd00::8") == 0


def test_a_check_from_an_address_pays_for_one_in_return() -> None:
    caution = Caution(ProbedNetworks())
    caution.pay(OFFER, [])
    for _ in range(5):
        caution.hear("8.8.8.8", CHECK)
        # Even one that is longer by the flag that nominates.
        assert caution.may_probe("8.8.8.8", CHECK + 4, NOW)
        assert not caution.may_probe("8.8.8.8", CHECK, NOW)


def test_forged_checks_bring_a_victim_at_most_twice_their_bytes() -> None:
    caution = Caution(ProbedNetworks())
    caution.pay(OFFER, [])
    heard = sent = 0
    for _ in range(100):
        caution.hear("8.8.8.8", CHECK)
        heard += CHECK + HEADER_BYTES_IPV4
        sent += RESPONSE_BYTES + HEADER_BYTES_IPV4 + probes(caution, "8.8.8.8") * (CHECK + HEADER_BYTES_IPV4)
    assert sent <= REFLECTION_TIMES_MAX * heard


def test_who_answered_is_sent_whatever_is_needed() -> None:
    caution = Caution(ProbedNetworks())
    caution.pay(0, ["8.8.8.8"])
    assert probes(caution, "8.8.8.8") == 0
    caution.trust("8.8.8.8")
    assert probes(caution, "8.8.8.8") == 1_000
    # Its neighbour answered nothing.
    assert probes(caution, "8.8.8.9") == 0


def test_a_network_gets_so_much_by_all_descriptions_together() -> None:
    probed = ProbedNetworks()
    sent = 0
    for _ in range(200):
        caution = Caution(probed)
        caution.pay(OFFER, ["8.8.8.8"])
        sent += probes(caution, "8.8.8.8") * (CHECK + HEADER_BYTES_IPV4)
    assert PROBE_BYTES_BURST_MAX - 200 < sent <= PROBE_BYTES_BURST_MAX
    size = CHECK + HEADER_BYTES_IPV4
    later = Monotonic(size / PROBE_BYTES_PER_SECOND_MAX)
    assert [probed.spend("8.8.8.0/24", size, now) for now in (NOW, later, later)] == [False, True, False]
    assert probed.spend("8.8.9.0", size, NOW)


def test_so_many_networks_are_remembered() -> None:
    probed = ProbedNetworks()
    probed.spend("8.8.8.0", PROBE_BYTES_BURST_MAX, NOW)
    for number in range(PROBED_NETWORKS_MAX - 1):
        probed.spend(f"network {number}", 1, NOW)
    assert (len(probed), probed.spend("8.8.8.0", 1, NOW)) == (PROBED_NETWORKS_MAX, False)
    for number in range(PROBED_NETWORKS_MAX):
        probed.spend(f"other {number}", 1, NOW)
    assert (len(probed), probed.spend("8.8.8.0", 1, NOW)) == (PROBED_NETWORKS_MAX, True)
