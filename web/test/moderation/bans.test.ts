import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { Moment, Monotonic, UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { STRIKE_HALF_LIFE_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import { makeRoomName, type PeerId } from '../../src/core/signal.ts'
import { StoreError } from '../../src/errors.ts'
import { Ledger, SAVE_DELAY_SECONDS } from '../../src/moderation/bans.ts'
import { STRIKES } from '../../src/moderation/rows.ts'
import type { RoomEvent } from '../../src/notices.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { Node } from '../../src/protocol/node.ts'
import { seededRng } from '../seeded.ts'

const START = 1_790_000_000
const KEY = new SecretKey(new Uint8Array(32).fill(2)).publicKey
const PEER = 'peer-000000000000000' as PeerId
const ADDRESS = '192.0.2.1'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** A store that counts writes, and may refuse them. */
class Watched extends MemoryStore {
  writes = 0
  isFull = false

  override async note(kind: string, key: string, text: string | null): Promise<void> {
    if (this.isFull) throw new StoreError('the disk is full')
    this.writes += 1
    await super.note(kind, key, text)
  }
}

/** A node with its ledger, at a time that the test moves. */
class Life {
  readonly events: RoomEvent[] = []
  readonly node: Node
  readonly ledger: Ledger
  #unix: number

  constructor(store: MemoryStore, { saved = new Map<string, string>(), at = START } = {}) {
    this.#unix = at
    const key = new SecretKey(new Uint8Array(32).fill(1))
    const room = makeRoomName('peerset', 'lobby')
    this.node = new Node({ key, room, rng: seededRng('bans'), index: new Index(), mesh: new Mesh() })
    this.ledger = new Ledger(store, this.node, { now: this.now, saved, onEvent: event => this.events.push(event) })
  }

  readonly now = (): Moment => ({ monotonic: (this.#unix - START + 7) as Monotonic, unix: this.#unix as UnixTime })

  pass(seconds: number): void {
    this.#unix += seconds
  }

  ban(subject: string, seconds: number, reason: string): void {
    this.ledger.explain(subject, reason)
    this.node.receive({ type: 'KeyBanned', key: subject, seconds }, this.now())
  }

  warn(points: number): void {
    this.node.restoreStrikes([{ subject: KEY, points, at: this.now().unix, bannedUntil: null }], this.now())
  }

  strike(state: 'clear' | 'warned' | 'banned', reason: string, address = ''): void {
    this.ledger.take({ type: 'StrikeCounted', peer: PEER, key: KEY, reason, state, address })
  }
}

test('a ban is there after a reload and ends by itself', async () => {
  const store = new MemoryStore()
  const first = new Life(store)
  first.ban(KEY, 1_000, 'spam')
  first.ban(ADDRESS, 500, 'flood')
  await first.ledger.save()
  expect([...(await store.notes(STRIKES)).keys()].sort()).toEqual([`61${bytesToHex(utf8ToBytes(ADDRESS))}`, `6b${KEY}`])

  const second = new Life(store, { saved: await store.notes(STRIKES), at: START + 600 })
  expect(second.ledger.bans()).toEqual([{ subject: KEY, until: START + 1_000, reason: 'spam' }])
  await second.ledger.save()
  expect((await store.notes(STRIKES)).size).toBe(1)
  second.pass(400)
  expect(second.ledger.bans()).toEqual([])
  await second.ledger.save()
  expect((await store.notes(STRIKES)).size).toBe(0)
})

test('points of the warned fade over a reload', async () => {
  const store = new MemoryStore()
  const first = new Life(store)
  first.warn(8)
  await first.ledger.save()
  const second = new Life(store, { saved: await store.notes(STRIKES), at: START + STRIKE_HALF_LIFE_SECONDS })
  expect(second.node.savedStrikes(second.now())).toEqual([
    { subject: KEY, points: 4, at: START + STRIKE_HALF_LIFE_SECONDS, bannedUntil: null },
  ])
})

test('only what changed is written', async () => {
  const store = new Watched()
  const life = new Life(store)
  life.warn(8)
  life.ban(ADDRESS, 500, 'flood')
  await life.ledger.save()
  life.pass(60)
  await life.ledger.save()
  expect(store.writes).toBe(2)
  life.ban(KEY, 3_600, 'enough')
  await life.ledger.save()
  expect(store.writes).toBe(3)
  life.ban(KEY, 7_200, 'enough')
  await life.ledger.save()
  expect(store.writes).toBe(4)
})

test('strikes that come together are saved together', async () => {
  const store = new Watched()
  const life = new Life(store)
  life.warn(8)
  for (let count = 0; count < 100; count += 1) life.strike('warned', 'forged')
  life.strike('clear', 'small')
  life.ledger.take({ type: 'StorageFailed', reason: 'something else' })
  expect(store.writes).toBe(0)
  await vi.advanceTimersByTimeAsync(2_000 * SAVE_DELAY_SECONDS)
  expect(store.writes).toBe(1)
  expect([...(await store.notes(STRIKES)).values()].map(text => JSON.parse(text).reason)).toEqual(['forged'])
})

test('the reason is remembered for key and address, and bans end in order', () => {
  const life = new Life(new MemoryStore())
  life.strike('banned', 'a flood', ADDRESS)
  for (const key of [KEY, ADDRESS]) life.node.receive({ type: 'KeyBanned', key, seconds: 500 }, life.now())
  life.ban('192.0.2.2', 400, 'sooner')
  expect(life.ledger.bans().map(({ subject, reason }) => [subject, reason])).toEqual([
    ['192.0.2.2', 'sooner'],
    [ADDRESS, 'a flood'],
    [KEY, 'a flood'],
  ])
})

test('a full store is told of and tried again', async () => {
  const store = new Watched()
  const life = new Life(store)
  life.ban(KEY, 500, 'spam')
  store.isFull = true
  life.strike('banned', 'forged')
  await vi.advanceTimersByTimeAsync(1_000 * SAVE_DELAY_SECONDS)
  expect(life.events).toEqual([{ type: 'StorageFailed', reason: 'strikes and bans: the disk is full' }])
  store.isFull = false
  life.strike('banned', 'forged')
  await life.ledger.notebook.close()
  expect(store.writes).toBe(1)
  life.strike('banned', 'after the end')
  expect(vi.getTimerCount()).toBe(0)
})

const SANE = '{"points": 5, "at": 1, "banned_until": null, "reason": ""}'

test.each([
  [`6b${KEY}`, '['.repeat(100_000)],
  [`6b${KEY}`, 'no json'],
  [`6b${KEY}`, '[]'],
  [`6b${KEY}`, '{"points": 1}'],
  [`6b${KEY}`, '{"points": "1", "at": 1, "banned_until": null, "reason": ""}'],
  [`6b${KEY}`, '{"points": 5, "at": 1.5, "banned_until": null, "reason": ""}'],
  [`6b${KEY}`, '{"points": 5, "at": -1, "banned_until": null, "reason": ""}'],
  [`6b${KEY}`, '{"points": 5, "at": 1, "banned_until": "x", "reason": ""}'],
  [`6b${KEY}`, '{"points": 5, "at": 1, "banned_until": null, "reason": 5}'],
  [`6b${KEY.slice(2)}`, SANE],
  ['61', SANE],
  ['61ff', SANE],
  ['78', SANE],
])('case %#: notes that make no sense are left out', (key, text) => {
  const life = new Life(new MemoryStore(), { saved: new Map([[key, text]]) })
  expect(life.node.savedStrikes(life.now())).toEqual([])
})

test('a long reason fits into a note', async () => {
  const store = new MemoryStore()
  const life = new Life(store)
  life.ban(KEY, 500, '🌍'.repeat(5_000))
  await life.ledger.save()
  expect((await store.notes(STRIKES)).size).toBe(1)
})
