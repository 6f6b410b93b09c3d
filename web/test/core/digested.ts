/** Digests and roots of any set, written as the protocol says them, and sets where mistakes would show. */
import { createHash } from 'node:crypto'
import type { Entry } from '../../src/core/block.ts'
import { dayOf, isBefore } from '../../src/core/bucket.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { DIGEST_IDS_MAX, DIGEST_PART_SECONDS } from '../../src/core/limits.ts'
import type { Index, RoomRoot } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { Rng } from '../../src/core/rng.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { below, Model, pick, randomId } from './entries.ts'

export const ROOM = Buffer.from('room'.repeat(4)).toString('hex') as RoomTag
export const FIRST_DAY = 20_000
export const START = FIRST_DAY * DAY_SECONDS
export const UPTO = (START + 90 * DAY_SECONDS + 40_000) as UnixTime
export const BUCKETS = [900, 3_600, 21_600, 43_200, 86_400]
export const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

export function u32(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

export function hashed(...parts: (string | Uint8Array)[]): string {
  const hasher = createHash('sha256')
  for (const part of parts) hasher.update(part)
  return hasher.digest('hex')
}

/** R of few records of a day, written as the protocol says it. */
export function plainDigest(entries: readonly Entry[]): string {
  const ids = Buffer.from(entries.map(([, id]) => id).join(''), 'hex')
  return hashed('peerset/r1', u32(entries.length), ids)
}

/** R of any range: over R of each of its days, or of each quarter of an hour of a crowded day. */
export function composedDigest(inside: readonly Entry[], lower: Bound, upper: Bound): string {
  const last = upper[1] === '' ? upper[0] - 1 : upper[0]
  const isWithin = (seconds: number) => Math.floor(lower[0] / seconds) >= Math.floor(last / seconds)
  const composed = (seconds: number, digest: (part: readonly Entry[], start: number) => string) => {
    const starts = [...new Set(inside.map(([at]) => at - (at % seconds)))]
    const parts = starts.map(start =>
      digest(
        inside.filter(([at]) => at - (at % seconds) === start),
        start,
      ),
    )
    return hashed('peerset/r2', u32(inside.length), Buffer.from(parts.join(''), 'hex'))
  }
  if (!isWithin(DAY_SECONDS)) {
    return composed(DAY_SECONDS, (part, start) => {
      const [first, end]: [Bound, Bound] = [
        [start, ''],
        [start + DAY_SECONDS, ''],
      ]
      return composedDigest(part, isBefore(first, lower) ? lower : first, isBefore(end, upper) ? end : upper)
    })
  }
  if (inside.length <= DIGEST_IDS_MAX || isWithin(DIGEST_PART_SECONDS)) return plainDigest(inside)
  return composed(DIGEST_PART_SECONDS, plainDigest)
}

/** The root, written as the protocol says it. */
export function plainRoot(entries: Iterable<Entry>, firstDay: number, upto: number): RoomRoot {
  const stopDay = dayOf(upto - 1) + 1
  const start = firstDay < 65_536 ? firstDay * DAY_SECONDS : (firstDay - 65_536) * 300
  const inside = new Model(entries).sorted.filter(([at]) => at >= start && at < upto)
  const node = (low: number, high: number): Buffer => {
    if (low >= high) return Buffer.alloc(32)
    const middle = Math.floor((low + high) / 2)
    const ofDay = inside.filter(([createdAt]) => dayOf(createdAt) === middle)
    const own = Buffer.from(
      composedDigest(
        ofDay,
        [Math.max(start, middle * DAY_SECONDS), ''],
        [Math.min(upto, (middle + 1) * DAY_SECONDS), ''],
      ),
      'hex',
    )
    const sides = [node(low, middle), node(middle + 1, high)]
    return Buffer.from(hashed(Buffer.of(1), u32(middle), u32(ofDay.length), own, ...sides), 'hex')
  }
  const head = [Buffer.from('peerset/root1'), Buffer.from(ROOM, 'hex'), u32(firstDay), u32(upto), u32(inside.length)]
  return { count: inside.length, digest: hashed(...head, node(dayOf(start), Math.max(dayOf(start), stopDay))) }
}

export function randomTime(rng: Rng): number {
  const midnight = START + (1 + below(rng, 92)) * DAY_SECONDS
  const anywhere = START - 2 * DAY_SECONDS + below(rng, 94 * DAY_SECONDS)
  return pick(rng, [anywhere, anywhere, midnight, midnight - 1, START + 5, UPTO - 1, UPTO])
}

/** Up to 60 entries where mistakes would show: at midnights, around *upto*, with ids alike but for one byte. */
export function trickyEntries(rng: Rng): Entry[] {
  const entry = (): Entry => [randomTime(rng), randomId(rng, pick(rng, [0, 0, 3, 31]))]
  return Array.from({ length: below(rng, 61) }, entry)
}

export function randomBound(rng: Rng): Bound {
  return [randomTime(rng), Buffer.from(rng.randomBytes(below(rng, 4))).toString('hex')]
}

export function rootOf(index: Index): RoomRoot {
  return index.root(ROOM, FIRST_DAY, UPTO)
}
