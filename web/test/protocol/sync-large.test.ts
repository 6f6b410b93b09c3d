/** Reconciliation of sets whose answers take several messages; ids, or unsigned records: to sign them would take minutes. */

import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { ROUND_BYTES_MAX } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { SyncMessage } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { decode, encode } from '../../src/core/wire.ts'
import type { Request } from '../../src/protocol/effects.ts'
import type { Sift } from '../../src/protocol/refused.ts'
import { Sync } from '../../src/protocol/sync.ts'
import { seededRng } from '../seeded.ts'
import * as large from './large.ts'
import { Nodes, unsigned } from './nodes.ts'
import { at, peerId, ROOM_TAG, START } from './pair.ts'

type Entry = readonly [createdAt: number, id: RecordId]

function idOf(rng: Rng): RecordId {
  return bytesToHex(rng.randomBytes(32)) as RecordId
}

/** Draw entries of the last 80 days; the larger *crowding*, the more of them are young. */
function draw(count: number, crowding: number, rng: Rng): Entry[] {
  const age = () => Math.trunc(rng.uniform(0, 1) ** crowding * 80 * DAY_SECONDS)
  return Array.from({ length: count }, () => [START - 10 - age(), idOf(rng)] as const)
}

function makeSync(entries: Iterable<Entry>, { isInitiator }: { isInitiator: boolean }): Sync {
  const [salt, rng] = [new Uint8Array(16), seededRng('0')]
  const sift: Sift = (_salt, wanted) => wanted
  return new Sync(peerId(1), Index.bulk(entries), ROOM_TAG, { salt, isInitiator, sift, rng })
}

/** What two peers found out: the ids that each has to send, and how many messages had more to come. */
interface Outcome {
  readonly sent: readonly [Set<string>, Set<string>]
  readonly continued: number
}

/** Let two peers compare. */
function compare(ours: readonly Entry[], theirs: readonly Entry[]): Outcome {
  const syncs = [makeSync(ours, { isInitiator: true }), makeSync(theirs, { isInitiator: false })] as const
  const sent = [new Set<string>(), new Set<string>()] as const
  let continued = 0
  const todo: [number: 0 | 1, effect: Request][] = syncs[0].start(at(0)).map(effect => [0, effect])
  for (;;) {
    const [number, effect] = todo.shift() ?? [0, null]
    if (effect === null) {
      if (!syncs.some(sync => ['comparing', 'fetching'].includes(sync.state))) break
      for (const number of [0, 1] as const) for (const more of syncs[number].tick(at(0))) todo.push([number, more])
      continue
    }
    if (effect.type === 'Load') {
      for (const id of effect.ids) sent[number].add(id)
      // Empty blobs cost no credit, so everything is asked for.
      for (const more of syncs[number].loaded(effect.round, [], at(0))) todo.push([number, more])
    } else if (effect.type === 'Send' && effect.message.type !== 'Records') {
      const other = number === 0 ? 1 : 0
      const message = decode(encode(effect.message)) as SyncMessage
      if (message.type === 'Ranges' && message.more) continued += 1
      for (const more of syncs[other].receive(message, at(0))) todo.push([other, more])
    } else if (effect.type === 'Strike') {
      throw new Error(effect.reason)
    }
  }
  return { sent, continued }
}

function lacking(have: readonly Entry[], lack: readonly Entry[]): Set<string> {
  const lacked = new Set(lack.map(([, id]) => id))
  return new Set(have.map(([, id]) => id).filter(id => !lacked.has(id)))
}

test.each([
  [3_000, 1, 0.5],
  [20_000, 4, 0.5],
  [20_000, 1, 0.5],
  [20_000, 4, 0],
  [20_000, 6, 0.9],
])('each side sends exactly what the other lacks: %i records, crowding %i, shared %f', (count, crowding, share) => {
  const rng = seededRng(`${count} ${crowding} ${share}`)
  const [ours, theirs]: [Entry[], Entry[]] = [[], []]
  for (const entry of draw(count, crowding, rng)) {
    const [isShared, isOurs] = [rng.uniform(0, 1) < share, rng.uniform(0, 1) < 0.5]
    if (isShared || isOurs) ours.push(entry)
    if (isShared || !isOurs) theirs.push(entry)
  }
  const { sent, continued } = compare(ours, theirs)
  expect(sent[0]).toEqual(lacking(ours, theirs))
  expect(sent[1]).toEqual(lacking(theirs, ours))
  expect(continued > 0).toBe(count >= 20_000)
})

test('wants that cross a new answer name the lists before it', () => {
  const rng = seededRng('crossing')
  const entries = draw(20_000, 4, rng)
  const [ours, theirs] = [0, 1].map(() => entries.filter(() => rng.uniform(0, 1) < 0.5)) as [Entry[], Entry[]]
  const { sent, continued } = compare(ours, theirs)
  expect(continued).toBeGreaterThan(0)
  expect(sent[0].size + sent[1].size).toBe(lacking(ours, theirs).size + lacking(theirs, ours).size)
})

const SCALE = 50
const MILLION = 1_000_000 / SCALE

// Everything is a fiftieth of what it would be: records, days, and what may be said in a round.
test.each([
  ['half of a million differ', MILLION, MILLION, MILLION / 2],
  ['one in ten of a million differs, all over the days', MILLION, MILLION, (MILLION * 19) / 20],
  ['200,000 meet 20,000', MILLION / 5, MILLION / 50, 0],
])('large sets are equal after three rounds without a strike: %s', (_, ours, theirs, shared) => {
  const entries = large.draw(ours + theirs - shared, seededRng('large'), { days: 88 / SCALE })
  const bytesMax = Math.floor(ROUND_BYTES_MAX / SCALE)
  const meeting = new large.Meeting(entries.slice(0, ours), entries.slice(ours - shared), bytesMax)
  meeting.run()
  expect(meeting.rounds).toBeLessThanOrEqual(3)
  expect(meeting.strikes).toBe(0)
  // What is wanted is counted apart.
  expect(Math.max(...meeting.saidBytes)).toBeLessThanOrEqual(2 * meeting.rounds * bytesMax)
})

test.each([
  [20_000, 2_000, 0],
  [10_000, 10_000, 5_000],
])(
  'nodes of %i and %i records, %i of them shared, are equal after one round and blame nobody',
  (ours, theirs, shared) => {
    const records = unsigned(ours + theirs - shared)
    const nodes = new Nodes(records.slice(0, ours), records.slice(ours - shared))
    nodes.meet()
    expect([nodes.isEqual, nodes.rounds, nodes.strikes]).toEqual([true, 1, 0])
  },
)
