import { expect, test } from 'vitest'
import type { Moment, Monotonic, UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import {
  BAN_SECONDS,
  STRIKE_ADDRESS_PART,
  STRIKE_EVICTED_KEYS,
  STRIKE_HALF_LIFE_SECONDS,
  STRIKE_KEYS_MAX,
  STRIKES_BANNED,
  STRIKES_WARNED,
} from '../../src/core/limits.ts'
import {
  Change,
  Fault,
  type SavedStrike,
  StrikeState,
  Strikes,
  TRANSITIONS,
  WEIGHTS,
} from '../../src/protocol/strikes.ts'

const { CLEAR, WARNED, BANNED } = StrikeState
const KEY = '07'.repeat(32) as PublicKey
const ADDRESS = '192.0.2.1'
const START: Moment = { monotonic: 1_000 as Monotonic, unix: 1_790_000_000 as UnixTime }

function later(seconds: number, since = START): Moment {
  return { monotonic: (since.monotonic + seconds) as Monotonic, unix: (since.unix + seconds) as UnixTime }
}

function key(number: number): PublicKey {
  return number.toString(16).padStart(64, '0') as PublicKey
}

function strikesIn(state: StrikeState): Strikes {
  const strikes = new Strikes()
  if (state === WARNED) strikes.count(KEY, Fault.FLOOD, START)
  if (state === BANNED) strikes.ban(KEY, BAN_SECONDS, START)
  return strikes
}

const CAUSES: { readonly [change in Change]: (strikes: Strikes) => StrikeState } = {
  warn: strikes => strikes.count(KEY, Fault.FLOOD, START),
  ban: strikes => strikes.ban(KEY, 60, START),
  fade: strikes => strikes.state(KEY, later(STRIKE_HALF_LIFE_SECONDS)),
  lift: strikes => strikes.ban(KEY, 0, START),
}

const CASES = Object.values(StrikeState).flatMap(state => Object.values(Change).map(change => ({ state, change })))

test.each(CASES)('in the state $state a $change leads where the table says or nowhere', ({ state, change }) => {
  expect(CAUSES[change](strikesIn(state))).toBe(TRANSITIONS[state][change] ?? state)
})

test('every fault has a weight and the gravest bans at the third', () => {
  const weights = Object.values(WEIGHTS)
  expect(Object.keys(WEIGHTS).sort()).toEqual(Object.values(Fault).sort())
  expect(Math.max(...weights) * 2).toBeGreaterThanOrEqual(STRIKES_BANNED)
  expect(Math.min(...weights)).toBeLessThan(STRIKES_BANNED)
})

test('strangers are clear', () => {
  expect(new Strikes().state(KEY, START)).toBe(CLEAR)
  expect(new Strikes().ban(KEY, 0, START)).toBe(CLEAR)
})

test('every fault is grave enough to be seen', () => {
  expect(Math.min(...Object.values(WEIGHTS))).toBeGreaterThanOrEqual(STRIKES_WARNED)
})

test('forged signatures warn and then ban', () => {
  const strikes = new Strikes()
  const states = [1, 2, 3].map(() => strikes.count(KEY, Fault.FORGED_SIGNATURE, START))
  expect(states).toEqual([WARNED, WARNED, BANNED])
})

test('points halve in a half life', () => {
  const strikes = new Strikes()
  strikes.count(KEY, Fault.MALFORMED, START)
  expect(strikes.state(KEY, later(STRIKE_HALF_LIFE_SECONDS))).toBe(WARNED)
  expect(strikes.state(KEY, later(2 * STRIKE_HALF_LIFE_SECONDS))).toBe(CLEAR)
})

test('a slow offender is never banned', () => {
  const strikes = new Strikes()
  for (let number = 0; number < 200; number += 1) {
    const now = later(number * STRIKE_HALF_LIFE_SECONDS)
    expect(strikes.count(KEY, Fault.FORGED_SIGNATURE, now)).not.toBe(BANNED)
  }
})

test('a ban ends by itself and leaves nothing behind', () => {
  const strikes = new Strikes()
  for (let number = 0; number < 3; number += 1) strikes.count(KEY, Fault.FORGED_SIGNATURE, START)
  expect(strikes.isBanned(KEY, later(BAN_SECONDS - 1))).toBe(true)
  expect(strikes.isBanned(KEY, later(BAN_SECONDS))).toBe(false)
  expect(strikes.count(KEY, Fault.FLOOD, later(BAN_SECONDS))).toBe(WARNED)
})

test('a fault during a ban does not lengthen it', () => {
  const strikes = strikesIn(BANNED)
  expect(strikes.count(KEY, Fault.BAD_PROOF, later(BAN_SECONDS - 1))).toBe(BANNED)
  expect(strikes.state(KEY, later(BAN_SECONDS))).toBe(CLEAR)
})

test('the user can lift a ban', () => {
  const strikes = strikesIn(BANNED)
  expect(strikes.ban(KEY, 0, later(5))).toBe(CLEAR)
  expect(strikes.state(KEY, later(6))).toBe(CLEAR)
})

test('keys and addresses are counted apart', () => {
  const strikes = new Strikes()
  strikes.ban(ADDRESS, 60, START)
  expect(strikes.isBanned(ADDRESS, START)).toBe(true)
  expect(strikes.isBanned(KEY, START)).toBe(false)
})

test('a fault of a key counts in part against its address', () => {
  const strikes = new Strikes()
  for (let number = 0; number < Math.round(1 / STRIKE_ADDRESS_PART); number += 1) {
    expect(strikes.isBanned(ADDRESS, START)).toBe(false)
    const culprit = { key: key(number), address: ADDRESS }
    expect(strikes.blame(culprit, Fault.FORGED_SIGNATURE, START, { times: 3 })).toBe(BANNED)
  }
  expect(strikes.isBanned(ADDRESS, START)).toBe(true)
})

test('what a key does beyond its ban is not held against its address', () => {
  const strikes = new Strikes()
  strikes.blame({ key: KEY, address: ADDRESS }, Fault.FLOOD, START, { times: 10_000 })
  strikes.blame({ key: KEY, address: ADDRESS }, Fault.FLOOD, START, { times: 10_000 })
  expect(strikes.state(ADDRESS, START)).toBe(WARNED)
})

test('an unknown address bears nothing', () => {
  const strikes = new Strikes()
  expect(strikes.blame({ key: KEY, address: '' }, Fault.BAD_PROOF, START)).toBe(WARNED)
  expect(strikes.size).toBe(1)
})

test('a clock that goes backwards changes nothing', () => {
  expect(strikesIn(WARNED).state(KEY, later(-5))).toBe(WARNED)
})

test('a flood of fresh keys stays within the limit', () => {
  const strikes = new Strikes()
  for (let number = 0; number < STRIKE_KEYS_MAX + 2 * STRIKE_EVICTED_KEYS; number += 1) {
    strikes.count(key(number), Fault.FLOOD, START)
  }
  expect(strikes.size).toBeLessThanOrEqual(STRIKE_KEYS_MAX)
  expect(strikes.size).toBeGreaterThanOrEqual(STRIKE_KEYS_MAX - STRIKE_EVICTED_KEYS)
})

test('a flood of fresh keys drives out no ban and no warning', () => {
  const strikes = new Strikes()
  strikes.ban(KEY, 60, START)
  strikes.count(key(1_000_000), Fault.MALFORMED, START)
  for (let number = 1; number < 2 * STRIKE_KEYS_MAX; number += 1) strikes.count(key(number), Fault.FLOOD, START)
  expect(strikes.isBanned(KEY, START)).toBe(true)
  expect(strikes.state(key(1_000_000), START)).toBe(WARNED)
})

test('the last accounts that are not banned go before any ban', () => {
  const strikes = new Strikes()
  const banned = Array.from({ length: STRIKE_KEYS_MAX - 2 }, (_, number) => key(number))
  for (const subject of banned) strikes.ban(subject, 60, START)
  for (const number of [STRIKE_KEYS_MAX, STRIKE_KEYS_MAX + 1]) strikes.count(key(number), Fault.FLOOD, START)
  strikes.ban(KEY, 60, START)
  expect(banned.every(subject => strikes.isBanned(subject, START))).toBe(true)
  expect(strikes.size).toBe(STRIKE_KEYS_MAX - 1)
})

test('when all are banned the bans that end first are forgotten', () => {
  const strikes = new Strikes()
  for (let number = 0; number < STRIKE_KEYS_MAX; number += 1) strikes.ban(key(number), 60 + number, START)
  strikes.ban(KEY, 10_000_000, START)
  expect(strikes.isBanned(key(0), START)).toBe(false)
  expect(strikes.isBanned(key(STRIKE_EVICTED_KEYS), START)).toBe(true)
  expect(strikes.isBanned(KEY, START)).toBe(true)
})

test('a snapshot holds the warned and the banned', () => {
  const strikes = new Strikes()
  strikes.ban(ADDRESS, 60, START)
  strikes.count(KEY, Fault.MALFORMED, START)
  strikes.count(key(1), Fault.FLOOD, START)
  const saved = strikes.snapshot(later(10)).map(({ subject, bannedUntil }) => [subject, bannedUntil])
  expect(saved).toEqual([
    [KEY, null],
    [ADDRESS, START.unix + 60],
  ])
})

test('a restored account goes on where it was on another monotonic clock', () => {
  const [strikes, reborn] = [new Strikes(), new Strikes()]
  strikes.ban(ADDRESS, BAN_SECONDS, START)
  strikes.count(KEY, Fault.MALFORMED, START)
  const birth: Moment = { monotonic: 3 as Monotonic, unix: (START.unix + 600) as UnixTime }
  reborn.restore(strikes.snapshot(START), birth)
  expect(reborn.state(KEY, birth)).toBe(WARNED)
  expect(reborn.state(KEY, later(600, birth))).toBe(CLEAR)
  expect(reborn.isBanned(ADDRESS, later(BAN_SECONDS - 601, birth))).toBe(true)
  expect(reborn.isBanned(ADDRESS, later(BAN_SECONDS - 600, birth))).toBe(false)
})

test('a ban that ended meanwhile is not restored', () => {
  const [reborn, birth] = [new Strikes(), later(BAN_SECONDS)]
  reborn.restore(strikesIn(BANNED).snapshot(START), birth)
  expect(reborn.state(KEY, birth)).toBe(CLEAR)
})

const SANE: SavedStrike = { subject: KEY, points: 2, at: START.unix, bannedUntil: null }

test.each([
  { ...SANE, subject: null as unknown as string },
  { ...SANE, points: Number.NaN },
  { ...SANE, points: -1 },
  { ...SANE, points: STRIKES_BANNED },
  { ...SANE, at: Number.NaN as UnixTime },
  { ...SANE, bannedUntil: Number.POSITIVE_INFINITY as UnixTime },
])('nonsense in a snapshot is left out: %o', nonsense => {
  const strikes = new Strikes()
  strikes.restore([nonsense, { ...SANE, subject: ADDRESS }], START)
  expect(strikes.size).toBe(1)
})
