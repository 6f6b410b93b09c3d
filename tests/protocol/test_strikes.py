import itertools
from dataclasses import replace

import pytest

from peerset.core.clock import Moment, Monotonic, UnixTime
from peerset.core.keys import PublicKey
from peerset.core.limits import (
    BAN_SECONDS,
    STRIKE_ADDRESS_PART,
    STRIKE_EVICTED_KEYS,
    STRIKE_HALF_LIFE_SECONDS,
    STRIKE_KEYS_MAX,
    STRIKES_BANNED,
    STRIKES_WARNED,
)
from peerset.protocol.strikes import TRANSITIONS, WEIGHTS, Change, Fault, SavedStrike, Strikes, StrikeState

KEY = PublicKey(bytes([7]) * 32)
ADDRESS = "192.0.2.1"
START = Moment(Monotonic(1_000.0), UnixTime(1_790_000_000))


def later(seconds: float, since: Moment = START) -> Moment:
    return Moment(Monotonic(since.monotonic + seconds), UnixTime(since.unix + int(seconds)))


def key(number: int) -> PublicKey:
    return PublicKey(number.to_bytes(32, "big"))


def strikes_in(state: StrikeState) -> Strikes:
    strikes = Strikes()
    if state is StrikeState.WARNED:
        strikes.count(KEY, Fault.FLOOD, START)
    elif state is StrikeState.BANNED:
        strikes.ban(KEY, BAN_SECONDS, START)
    return strikes


def cause(change: Change, strikes: Strikes) -> StrikeState:
    match change:
        case Change.WARN:
            return strikes.count(KEY, Fault.FLOOD, START)
        case Change.BAN:
            return strikes.ban(KEY, 60, START)
        case Change.FADE:
            return strikes.state(KEY, later(STRIKE_HALF_LIFE_SECONDS))
        case Change.LIFT:
            return strikes.ban(KEY, 0, START)


@pytest.mark.parametrize(("state", "change"), list(itertools.product(StrikeState, Change)))
def test_every_change_in_every_state_leads_where_the_table_says_or_nowhere(state: StrikeState, change: Change) -> None:
    strikes = strikes_in(state)

    assert cause(change, strikes) is TRANSITIONS.get((state, change), state)


def test_every_fault_has_a_weight_and_the_gravest_bans_at_the_third() -> None:
    assert set(WEIGHTS) == set(Fault)
    assert max(WEIGHTS.values()) * 2 >= STRIKES_BANNED > min(WEIGHTS.values())


def test_strangers_are_clear() -> None:
    assert Strikes().state(KEY, START) is StrikeState.CLEAR
    assert Strikes().ban(KEY, 0, START) is StrikeState.CLEAR


def test_every_fault_is_grave_enough_to_be_seen() -> None:
    assert min(WEIGHTS.values()) >= STRIKES_WARNED


def test_forged_signatures_warn_and_then_ban() -> None:
    strikes = Strikes()

    states = [strikes.count(KEY, Fault.FORGED_SIGNATURE, START) for _ in range(3)]

    assert states == [StrikeState.WARNED, StrikeState.WARNED, StrikeState.BANNED]


def test_points_halve_in_a_half_life() -> None:
    strikes = Strikes()
    strikes.count(KEY, Fault.MALFORMED, START)

    assert strikes.state(KEY, later(STRIKE_HALF_LIFE_SECONDS)) is StrikeState.WARNED
    assert strikes.state(KEY, later(2 * STRIKE_HALF_LIFE_SECONDS)) is StrikeState.CLEAR


def test_a_slow_offender_is_never_banned() -> None:
    strikes = Strikes()

    states = [
        strikes.count(KEY, Fault.FORGED_SIGNATURE, later(number * STRIKE_HALF_LIFE_SECONDS)) for number in range(200)
    ]

    assert StrikeState.BANNED not in states


def test_a_ban_ends_by_itself_and_leaves_nothing_behind() -> None:
    strikes = Strikes()
    for _ in range(3):
        strikes.count(KEY, Fault.FORGED_SIGNATURE, START)

    assert strikes.is_banned(KEY, later(BAN_SECONDS - 1))
    assert not strikes.is_banned(KEY, later(BAN_SECONDS))
    assert strikes.count(KEY, Fault.FLOOD, later(BAN_SECONDS)) is StrikeState.WARNED


def test_a_fault_during_a_ban_does_not_lengthen_it() -> None:
    strikes = strikes_in(StrikeState.BANNED)

    assert strikes.count(KEY, Fault.BAD_PROOF, later(BAN_SECONDS - 1)) is StrikeState.BANNED
    assert strikes.state(KEY, later(BAN_SECONDS)) is StrikeState.CLEAR


def test_the_user_can_lift_a_ban() -> None:
    strikes = strikes_in(StrikeState.BANNED)

    assert strikes.ban(KEY, 0, later(5)) is StrikeState.CLEAR
    assert strikes.state(KEY, later(6)) is StrikeState.CLEAR


def test_keys_and_addresses_are_counted_apart() -> None:
    strikes = Strikes()
    strikes.ban(ADDRESS, 60, START)

    assert strikes.is_banned(ADDRESS, START)
    assert not strikes.is_banned(KEY, START)


def test_a_fault_of_a_key_counts_in_part_against_its_address() -> None:
    strikes = Strikes()
    banned_keys = round(1 / STRIKE_ADDRESS_PART)

    for number in range(banned_keys):
        assert not strikes.is_banned(ADDRESS, START)
        assert strikes.blame(key(number), ADDRESS, Fault.FORGED_SIGNATURE, START, times=3) is StrikeState.BANNED

    assert strikes.is_banned(ADDRESS, START)


def test_what_a_key_does_beyond_its_ban_is_not_held_against_its_address() -> None:
    strikes = Strikes()

    strikes.blame(KEY, ADDRESS, Fault.FLOOD, START, times=10_000)
    strikes.blame(KEY, ADDRESS, Fault.FLOOD, START, times=10_000)

    assert strikes.state(ADDRESS, START) is StrikeState.WARNED


def test_an_unknown_address_bears_nothing() -> None:
    strikes = Strikes()

    assert strikes.blame(KEY, "", Fault.BAD_PROOF, START) is StrikeState.WARNED
    assert len(strikes) == 1


def test_a_clock_that_stands_still_changes_nothing() -> None:
    strikes = strikes_in(StrikeState.WARNED)

    assert strikes.state(KEY, later(-5)) is StrikeState.WARNED


def test_a_flood_of_fresh_keys_stays_within_the_limit() -> None:
    strikes = Strikes()

    for number in range(STRIKE_KEYS_MAX + 2 * STRIKE_EVICTED_KEYS):
        strikes.count(key(number), Fault.FLOOD, START)

    assert STRIKE_KEYS_MAX - STRIKE_EVICTED_KEYS <= len(strikes) <= STRIKE_KEYS_MAX


def test_a_flood_of_fresh_keys_drives_out_no_ban_and_no_warning() -> None:
    strikes = Strikes()
    strikes.ban(KEY, 60, START)
    strikes.count(key(1_000_000), Fault.MALFORMED, START)

    for number in range(1, 2 * STRIKE_KEYS_MAX):
        strikes.count(key(number), Fault.FLOOD, START)

    assert strikes.is_banned(KEY, START)
    assert strikes.state(key(1_000_000), START) is StrikeState.WARNED


def test_the_last_accounts_that_are_not_banned_go_before_any_ban() -> None:
    strikes = Strikes()
    for number in range(STRIKE_KEYS_MAX - 2):
        strikes.ban(key(number), 60, START)
    for number in (STRIKE_KEYS_MAX, STRIKE_KEYS_MAX + 1):
        strikes.count(key(number), Fault.FLOOD, START)

    strikes.ban(KEY, 60, START)

    assert all(strikes.is_banned(key(number), START) for number in range(STRIKE_KEYS_MAX - 2))
    assert len(strikes) == STRIKE_KEYS_MAX - 1


def test_when_all_are_banned_the_bans_that_end_first_are_forgotten() -> None:
    strikes = Strikes()
    for number in range(STRIKE_KEYS_MAX):
        strikes.ban(key(number), 60 + number, START)

    strikes.ban(KEY, 10_000_000, START)

    assert not strikes.is_banned(key(0), START)
    assert strikes.is_banned(key(STRIKE_EVICTED_KEYS), START)
    assert strikes.is_banned(KEY, START)


def test_a_snapshot_holds_the_warned_and_the_banned() -> None:
    strikes = Strikes()
    strikes.ban(ADDRESS, 60, START)
    strikes.count(KEY, Fault.MALFORMED, START)
    strikes.count(key(1), Fault.FLOOD, START)

    saved = strikes.snapshot(later(10))

    assert [(strike.subject, strike.banned_until) for strike in saved] == [(KEY, None), (ADDRESS, START.unix + 60)]


def test_a_restored_account_goes_on_where_it_was_on_another_monotonic_clock() -> None:
    strikes = Strikes()
    strikes.ban(ADDRESS, BAN_SECONDS, START)
    strikes.count(KEY, Fault.MALFORMED, START)
    reborn, birth = Strikes(), Moment(Monotonic(3.0), UnixTime(START.unix + 600))

    reborn.restore(strikes.snapshot(START), birth)

    assert reborn.state(KEY, birth) is StrikeState.WARNED
    assert reborn.state(KEY, later(600, birth)) is StrikeState.CLEAR
    assert reborn.is_banned(ADDRESS, later(BAN_SECONDS - 601, birth))
    assert not reborn.is_banned(ADDRESS, later(BAN_SECONDS - 600, birth))


def test_a_ban_that_ended_meanwhile_is_not_restored() -> None:
    strikes = strikes_in(StrikeState.BANNED)
    reborn, birth = Strikes(), later(BAN_SECONDS)

    reborn.restore(strikes.snapshot(START), birth)

    assert reborn.state(KEY, birth) is StrikeState.CLEAR


@pytest.mark.parametrize(
    "nonsense",
    [
        SavedStrike(PublicKey(b"short"), 5.0, START.unix, None),
        SavedStrike(KEY, float("nan"), START.unix, None),
        SavedStrike(KEY, -1.0, START.unix, None),
        SavedStrike(KEY, STRIKES_BANNED, START.unix, None),
    ],
)
def test_nonsense_in_a_snapshot_is_left_out(nonsense: SavedStrike) -> None:
    strikes = Strikes()

    strikes.restore([nonsense, replace(nonsense, subject=ADDRESS, points=2.0)], START)

    assert len(strikes) == 1
