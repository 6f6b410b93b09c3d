/** What neighbours are given, and when they have to wait for more. */
import { expect, test } from 'vitest'
import { dayBound } from '../../src/core/bucket.ts'
import { DAY_SECONDS, HOUR_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import {
  GIVEN_BYTES_PER_HOUR,
  GIVEN_KEYS_MAX,
  GIVEN_WAIT_MAX_SECONDS,
  GIVEN_WAIT_SECONDS,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import { Fetching } from '../../src/protocol/fetching.ts'
import { Giving } from '../../src/protocol/giving.ts'
import { prefixOf } from '../../src/protocol/recents.ts'
import { Transfer } from '../../src/protocol/transfer.ts'
import { at, makeRecord, Net, peerId, START } from './pair.ts'
import { Host, only, Stranger, said, told } from './stranger.ts'

const [KEY, OTHER] = ['11'.repeat(32) as PublicKey, '22'.repeat(32) as PublicKey]
const SET_BYTES = 1_000_000

function idOf(number: number): RecordId {
  return number.toString(16).padStart(64, '0') as RecordId
}

function makeGiving(records = 10): Giving {
  const entries = Array.from({ length: records }, (_, number): [number, RecordId] => [number, idOf(number)])
  return new Giving(Index.bulk(entries), SET_BYTES)
}

test('a key may have the whole set, and so much more an hour', () => {
  const purse = makeGiving().purse(KEY, at(0))
  purse.spend(SET_BYTES)
  expect(purse.isOpen(at(0))).toBe(true)
  purse.spend(GIVEN_BYTES_PER_HOUR)
  expect([purse.isOpen(at(0)), purse.isOpen(at(1))]).toEqual([false, true])
  purse.spend(GIVEN_BYTES_PER_HOUR)
  expect([purse.isOpen(at(HOUR_SECONDS - 1)), purse.isOpen(at(HOUR_SECONDS + 2))]).toEqual([false, true])
})

test('a set that grows is given on, and what went is not counted', () => {
  const index = Index.bulk([[1, idOf(0)]])
  const giving = new Giving(index, 1_000)
  const purse = giving.purse(KEY, at(0))
  purse.spend(1_000 + GIVEN_BYTES_PER_HOUR)
  expect(purse.isOpen(at(0))).toBe(false)
  const record = makeRecord(1, { size: 5_000 })
  index.add(record.createdAt, record.id)
  giving.grow([record])
  expect([giving.setBytes, purse.isOpen(at(0))]).toEqual([1_000 + record.wire.length, true])
  index.discardBefore(2 as UnixTime)
  expect(giving.setBytes).toBe(Math.floor((1_000 + record.wire.length) / 2))
})

test('an account outlives its sessions, and each key has one', () => {
  const giving = makeGiving()
  giving.purse(KEY, at(0)).spend(SET_BYTES + GIVEN_BYTES_PER_HOUR)
  expect(giving.purse(KEY, at(0)).isOpen(at(0))).toBe(false)
  expect(giving.purse(OTHER, at(0)).isOpen(at(0))).toBe(true)
})

test('only the accounts of the latest keys are kept', () => {
  const giving = makeGiving()
  giving.purse(KEY, at(0)).spend(SET_BYTES + GIVEN_BYTES_PER_HOUR)
  const strangers = (count: number) => {
    for (let number = 0; number < count; number += 1) giving.purse(idOf(number) as string as PublicKey, at(0))
  }
  strangers(GIVEN_KEYS_MAX - 1)
  expect(giving.purse(KEY, at(0)).isOpen(at(0))).toBe(false)
  strangers(GIVEN_KEYS_MAX)
  expect(giving.purse(KEY, at(0)).isOpen(at(0))).toBe(true)
})

test('who was given all and has none waits twice as long each time', () => {
  const purse = makeGiving().purse(KEY, at(0))
  purse.spend(SET_BYTES - 1)
  purse.said(0, at(0).monotonic)
  expect(purse.isOpen(at(0))).toBe(true)
  purse.spend(1)
  const waits: number[] = []
  let now = 0
  for (let time = 0; time < 8; time += 1) {
    purse.spend(SET_BYTES)
    purse.said(0, at(now).monotonic)
    let wait = 0
    while (!purse.isOpen(at(now + wait))) wait += 1
    waits.push(wait)
    now += wait
  }
  expect(waits).toEqual([60, 120, 240, 480, 960, 1_920, 3_840, 3_840])
  expect([waits[0], waits.at(-1)]).toEqual([GIVEN_WAIT_SECONDS, GIVEN_WAIT_MAX_SECONDS])
  purse.said(5, at(now).monotonic)
  purse.spend(SET_BYTES)
  purse.said(0, at(now).monotonic)
  expect([purse.isOpen(at(now + 59)), purse.isOpen(at(now + 60))]).toEqual([false, true])
})

test('who waits is a budget that bites until it does not, or is gone', () => {
  const giving = makeGiving()
  const purse = giving.purse(KEY, at(0))
  const limit = GIVEN_BYTES_PER_HOUR
  expect(giving.budget(at(0))).toEqual({ name: 'given', used: 0, limit, since: null, count: 0 })
  purse.spend(SET_BYTES + limit + 500)
  expect(purse.admits(at(0))).toBe(false)
  expect(giving.budget(at(0))).toEqual({ name: 'given', used: limit + 500, limit, since: START, count: 1 })
  expect(giving.budget(at(10)).since).toBeNull()
  purse.spend(limit)
  expect(purse.admits(at(10))).toBe(false)
  purse.leave()
  expect(giving.budget(at(10)).since).toBeNull()
})

test('a transfer pays for what it sends, and gives nothing out of an empty purse', () => {
  const index = Index.bulk([[1, idOf(0)]])
  const share = { lower: [0, ''] as Bound, upper: [9, ''] as Bound, isNamed: false, shortIds: '' }
  const purse = new Giving(index).purse(KEY, at(0))
  const open = new Transfer(index, new Uint8Array(16), undefined, purse)
  open.push(share)
  expect(open.nextIds(at(0))).toEqual([idOf(0)])
  open.loaded([new Uint8Array(GIVEN_BYTES_PER_HOUR)])
  expect(open.nextFrames()).toHaveLength(1)
  const empty = new Transfer(index, new Uint8Array(16), undefined, purse)
  empty.push(share)
  expect([empty.nextIds(at(0)), empty.isEmpty]).toEqual([[], true])
})

test('who fetches is given out of the same purse', () => {
  const peer = peerId(1)
  const index = Index.bulk([[1, idOf(0)]])
  const fetching = new Fetching(index)
  fetching.join(peer, new Giving(index).purse(KEY, at(0)))
  const fetch = { type: 'Fetch', createdAt: 1, prefixes: [prefixOf(idOf(0))] } as const
  expect(fetching.asked(peer, fetch, at(0))).toEqual([{ type: 'Load', peer, round: 0, ids: [idOf(0)] }])
  fetching.loaded(peer, [new Uint8Array(GIVEN_BYTES_PER_HOUR)])
  const lacking = { type: 'Lacking', round: 0, shortIds: fetch.prefixes }
  expect(fetching.asked(peer, fetch, at(0))).toEqual([{ type: 'Send', peer, message: lacking }])
})

/** Open a round as one who has nothing, and say so; give how many records come. */
function askForAll(stranger: Stranger, round: number): number {
  const day = Math.floor(stranger.host.now.unix / DAY_SECONDS)
  const [firstDay, upto, digest] = [day - 60, (day * DAY_SECONDS) as UnixTime, '6e'.repeat(16)]
  const effects = stranger.say({ type: 'Root', round, firstDay, upto, count: 0, digest })
  const days = only(said(effects, stranger.peer, 'Days'))
  const cell = days.cells.findIndex(([count]) => count > 0)
  const lower = dayBound(days.firstDay + cell * days.cellDays)
  const end = dayBound(days.firstDay + (cell + 1) * days.cellDays)
  const upper: Bound = end[0] < upto ? end : [upto, '']
  const items = [{ type: 'Skip', upper: lower } as const, { type: 'IdList', upper, shortIds: [] } as const]
  effects.push(...stranger.say({ type: 'Ranges', round, items, more: false }))
  const blobs = said(effects, stranger.peer, 'Records').flatMap(message => message.blobs)
  const totalBytes = blobs.reduce((sum, { length }) => sum + length, 0)
  effects.push(...stranger.say({ type: 'Credit', round, totalBytes }, { type: 'Fin', round, count: 0, digest }))
  expect(told(effects, 'StrikeCounted')).toEqual([])
  return blobs.length
}

test('asking for everything again and again gives it seldom, and is no fault', () => {
  const records = Array.from({ length: 50 }, (_, number) =>
    makeRecord(number, { at: (START - 5 * DAY_SECONDS) as UnixTime, size: 1_000 }),
  )
  const host = new Host(records)
  let number = 2
  let stranger = new Stranger(host, number)
  for (stranger.establish(); !stranger.isInitiator; stranger.establish()) stranger = new Stranger(host, ++number)
  const given: number[] = []
  for (let round = 1; round <= 720; round += 1) {
    given.push(askForAll(stranger, round))
    expect(told(host.wait(10), 'StrikeCounted')).toEqual([])
  }
  expect([given[0], new Set(given)]).toEqual([50, new Set([0, 50])])
  // So often in two hours, in which it asked 720 times.
  expect(given.reduce((sum, count) => sum + count, 0)).toBe(50 * 7)
  expect(host.node.health(host.now, []).biting.map(({ name }) => name)).toContain('given')
})

test('one whose disk was full is given all when there is room again', () => {
  const net = new Net()
  const records = Array.from({ length: 20 }, (_, number) =>
    makeRecord(number, { at: (START - 3 * DAY_SECONDS) as UnixTime, size: 1_000 }),
  )
  const [one, two] = [net.add(1, records), net.add(2)]
  two.isFull = true
  net.connect(one, two)
  net.passTime(120)
  expect(two.disk.size).toBe(0)
  two.isFull = false
  net.passTime(GIVEN_WAIT_MAX_SECONDS)
  expect(two.disk.size).toBe(20)
  expect([one, two].flatMap(({ events }) => events.filter(({ type }) => type === 'StrikeCounted'))).toEqual([])
})
