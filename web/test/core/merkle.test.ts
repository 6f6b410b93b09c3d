import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/trees.json' with { type: 'json' }
import type { Entry } from '../../src/core/block.ts'
import { dayBound, dayOf, isBefore, later } from '../../src/core/bucket.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { WINDOW_DAYS_MAX } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { firstBound, firstStep } from '../../src/core/window.ts'
import { ConfigError, LocalProtocolError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { checkIndex, type Kept, keptOf } from './checks.ts'
import {
  BUCKETS,
  composedDigest,
  FIRST_DAY,
  plainDigest,
  plainRoot,
  ROOM,
  randomBound,
  randomTime,
  rootOf,
  SEEDS,
  START,
  trickyEntries,
  UPTO,
} from './digested.ts'
import { below, entriesOf, Model, pick, randomId, sameBytes, shuffle } from './entries.ts'

const STALE = { day: FIRST_DAY, count: 1, digest: new Uint8Array(32) }

/** Entries that are told by a rule: the id is a hash of the label and a number, and the time is in the id. */
function crowd({ label, count, start, seconds }: (typeof vectors.crowds)[number]): Entry[] {
  return Array.from({ length: count }, (_, number) => {
    const id = bytesToHex(sha256(utf8ToBytes(`${label} ${number}`)))
    return [start + (Number.parseInt(id.slice(0, 8), 16) % seconds), id as RecordId]
  })
}

function asBound([createdAt, prefix]: readonly (string | number)[]): Bound {
  return [Number(createdAt), String(prefix)]
}

function asEntries(pairs: readonly (readonly (string | number)[])[]): Entry[] {
  return pairs.map(([createdAt, id]) => [Number(createdAt), String(id) as RecordId])
}

describe('vectors', () => {
  test.each(vectors.sets)('$name has the digests, the root and the cuts of the vector', vector => {
    check(Index.bulk(asEntries(vector.entries)), vector)
  })

  test.each(vectors.crowds)('$name has them too, in any buckets', vector => {
    for (const bucketSeconds of [300, 900, DAY_SECONDS]) check(Index.bulk(crowd(vector), { bucketSeconds }), vector)
  })

  function check(index: Index, vector: Omit<(typeof vectors.crowds)[number], 'label' | 'count' | 'start' | 'seconds'>) {
    const upto = vector.upto as UnixTime
    expect(index.root(vector.room_tag as RoomTag, vector.first_day, upto)).toEqual(vector.root)
    for (const [day, count, digest] of vector.days) {
      const lower = later(dayBound(Number(day)), firstBound(vector.first_day))
      const next = dayBound(Number(day) + 1)
      const upper: Bound = isBefore([upto, ''], next) ? [upto, ''] : next
      expect([index.count(lower, upper), index.digest(lower, upper)]).toEqual([count, digest])
    }
    for (const piece of vector.ranges) {
      const [lower, upper] = [asBound(piece.lower), asBound(piece.upper)]
      expect([index.count(lower, upper), index.digest(lower, upper)]).toEqual([piece.count, piece.digest])
    }
    for (const cut of vector.cuts) {
      expect(index.cut(asBound(cut.lower), asBound(cut.upper), cut.parts)).toEqual(cut.bounds)
    }
  }
})

describe('the root', () => {
  test.each(SEEDS)('is one for any history of one set in any buckets (seed %i)', seed => {
    const rng = seededRng(`history ${seed}`)
    const [kept, dropped] = [trickyEntries(rng), trickyEntries(rng)]
    const index = new Index({ bucketSeconds: pick(rng, BUCKETS) })
    const model = new Model()
    for (const entry of shuffle(rng, [...kept, ...dropped])) {
      expect(index.add(...entry)).toBe(model.add(entry))
      rootOf(index)
      checkIndex(index)
    }
    const doomed = new Model(dropped)
    for (const entry of kept) doomed.remove(entry)
    for (const entry of shuffle(rng, doomed.sorted)) {
      expect(index.discard(...entry)).toBe(model.remove(entry))
      rootOf(index)
      checkIndex(index)
    }
    expect([...index.entries([-Infinity, ''], [Infinity, ''])]).toEqual(model.sorted)
    expect(rootOf(index)).toEqual(rootOf(Index.bulk(kept)))
    expect(rootOf(index)).toEqual(plainRoot(kept, FIRST_DAY, UPTO))
  })

  test('is one for a thousand records in any order of arrival', () => {
    const entries = entriesOf(1_000, START, START + 3 * DAY_SECONDS)
    const expected = plainRoot(entries, FIRST_DAY, UPTO)
    for (let order = 0; order < 10; order += 1) {
      const index = new Index()
      for (const entry of shuffle(seededRng(`order ${order}`), entries)) index.add(...entry)
      checkIndex(index)
      expect(rootOf(index)).toEqual(expected)
    }
  })

  test.each(SEEDS)('is cut exactly by its first day and its end (seed %i)', seed => {
    const rng = seededRng(`window ${seed}`)
    const entries = trickyEntries(rng)
    const [firstDay, upto] = [FIRST_DAY + below(rng, 4), (START + below(rng, UPTO - START)) as UnixTime]
    expect(Index.bulk(entries).root(ROOM, firstDay, upto)).toEqual(plainRoot(entries, firstDay, upto))
  })

  test.each(SEEDS)('is cut exactly where it begins with a step, and leaves nothing behind (seed %i)', seed => {
    const rng = seededRng(`step ${seed}`)
    const index = Index.bulk(trickyEntries(rng))
    const entries = [...index.entries([0, ''], [UPTO + DAY_SECONDS, ''])]
    const step = firstStep(START - 600 + below(rng, UPTO - START + 600))
    for (const first of [step, FIRST_DAY, step]) {
      expect(index.root(ROOM, first, UPTO)).toEqual(plainRoot(entries, first, UPTO))
    }
  })

  test('covers a record before its end and none at it', () => {
    const index = new Index()
    const empty = rootOf(index)
    index.add(UPTO, sameBytes(0))
    expect(rootOf(index)).toEqual(empty)
    index.add(UPTO - 1, sameBytes(0))
    expect(rootOf(index).count).toBe(1)
    expect(rootOf(index).digest).not.toBe(empty.digest)
  })

  test('is defined for an empty set and for no days', () => {
    expect(rootOf(new Index())).toEqual(plainRoot([], FIRST_DAY, UPTO))
    expect(new Index().root(ROOM, FIRST_DAY, START as UnixTime)).toEqual(plainRoot([], FIRST_DAY, START))
  })

  test('names its room, its first day and its end', () => {
    const index = Index.bulk(entriesOf(10, START, UPTO))
    const roots = [
      index.root(ROOM, FIRST_DAY, UPTO),
      index.root('00'.repeat(16) as RoomTag, FIRST_DAY, UPTO),
      index.root(ROOM, FIRST_DAY + 1, UPTO),
      index.root(ROOM, FIRST_DAY, (UPTO + 1) as UnixTime),
    ]
    expect(new Set(roots.map(root => root.digest)).size).toBe(4)
  })

  test('is right for windows that follow each other, of which few are kept', () => {
    const entries = entriesOf(50, START, UPTO)
    const index = Index.bulk(entries)
    for (const skipped of [0, 1, 2, 3, 4, 5, 0]) {
      expect(index.root(ROOM, FIRST_DAY + skipped, UPTO)).toEqual(plainRoot(entries, FIRST_DAY + skipped, UPTO))
    }
    expect(keptOf(index).dayTrees.size).toBe(4)
  })

  test('is refused for a window past the limit', () => {
    const index = new Index()
    const last = START + WINDOW_DAYS_MAX * DAY_SECONDS
    expect(index.root(ROOM, FIRST_DAY, last as UnixTime).count).toBe(0)
    const past = (firstDay: number, upto: number) => () => index.root(ROOM, firstDay, upto as UnixTime)
    expect(past(FIRST_DAY, last + 1)).toThrow(LocalProtocolError)
    expect(past(FIRST_DAY, last + 1)).toThrow(`at most ${WINDOW_DAYS_MAX} days`)
    expect(past(-1, 5)).toThrow('a window from day -1')
    expect(past(dayOf(2 ** 32), 2 ** 32)).toThrow('to 4294967296')
    expect(past(0, Number.MAX_SAFE_INTEGER)).toThrow(LocalProtocolError)
  })
})

describe('digests', () => {
  test.each(SEEDS)('count, list and hash any range alike in any buckets (seed %i)', seed => {
    const rng = seededRng(`range ${seed}`)
    const entries = trickyEntries(rng)
    const index = Index.bulk(entries, { bucketSeconds: pick(rng, BUCKETS) })
    for (let draw = 0; draw < 10; draw += 1) {
      const [lower, upper] = [randomBound(rng), randomBound(rng)]
      const inside = new Model(entries).sorted.filter(entry => !isBefore(entry, lower) && isBefore(entry, upper))
      expect(index.count(lower, upper)).toBe(inside.length)
      expect([...index.entries(lower, upper)]).toEqual(inside)
      expect(Array.from(index.idBytes(lower, upper), id => bytesToHex(id))).toEqual(inside.map(([, id]) => id))
      expect(index.digest(lower, upper)).toBe(composedDigest(inside, lower, upper))
    }
  })
})

describe('cuts', () => {
  test.each(SEEDS)('of a day have parts of equal counts and the shortest bounds (seed %i)', seed => {
    const rng = seededRng(`cut ${seed}`)
    const entry = (): Entry => [START + below(rng, 21), randomId(rng, pick(rng, [0, 1, 3, 31]))]
    const ordered = new Model(Array.from({ length: below(rng, 61) }, entry)).sorted
    const index = Index.bulk(ordered, { bucketSeconds: pick(rng, BUCKETS) })
    for (const parts of [0, 1, 2, 7, 16, 64, 70]) {
      const bounds = index.cut(dayBound(FIRST_DAY), dayBound(FIRST_DAY + 1), parts)
      expect(bounds.length).toBe(Math.max(0, Math.min(parts, ordered.length) - 1))
      for (const [number, bound] of bounds.entries()) {
        const rank = Math.floor((ordered.length * (number + 1)) / (bounds.length + 1))
        expect(ordered.filter(other => isBefore(other, bound)).length).toBe(rank)
        const shorter: Bound = [bound[0], bound[1].slice(0, -2)]
        const cutsAlike = ordered.filter(other => isBefore(other, shorter)).length === rank
        expect(bound[1].length % 2).toBe(0)
        expect(bound[1] === '' || !cutsAlike).toBe(true)
      }
    }
  })

  test('cross buckets at their edge', () => {
    const entries = Array.from({ length: 24 }, (_, hour): Entry => [START + hour * 3_600, sameBytes(hour)])
    const index = Index.bulk(entries, { bucketSeconds: 3_600 })
    const bounds = index.cut(dayBound(FIRST_DAY), dayBound(FIRST_DAY + 1), 24)
    expect(bounds).toEqual(entries.slice(1).map(([createdAt]) => [createdAt, '']))
  })

  test('of several days are at midnights only', () => {
    const index = Index.bulk(entriesOf(500, START, UPTO))
    const bounds = index.cut([START + 5, ''], [START + 3 * DAY_SECONDS + 1, ''], 64)
    expect(bounds).toEqual([1, 2, 3].map(day => dayBound(FIRST_DAY + day)))
  })

  test.each([0, 1, 64])('of an inverted range into %i parts are none, for it is empty', parts => {
    const index = Index.bulk(entriesOf(500, START, UPTO))
    const [lower, upper]: [Bound, Bound] = [
      [UPTO, ''],
      [START, ''],
    ]
    expect(index.cut(lower, upper, parts)).toEqual([])
    expect(index.count(lower, upper)).toBe(0)
    expect(index.digest(lower, upper)).toBe(plainDigest([]))
  })
})

describe('the set', () => {
  test('says of every change whether there was one', () => {
    const index = new Index()
    expect(index.discard(START, sameBytes(0))).toBe(false)
    expect(index.add(START, sameBytes(0))).toBe(true)
    expect(index.add(START, sameBytes(0))).toBe(false)
    expect(index.has(START, sameBytes(0))).toBe(true)
    expect(index.has(START + DAY_SECONDS, sameBytes(0))).toBe(false)
    expect(index.discard(START, sameBytes(1))).toBe(false)
    expect(index.discard(START, sameBytes(0))).toBe(true)
    expect(index.has(START, sameBytes(0))).toBe(false)
    expect(index.size).toBe(0)
    checkIndex(index)
  })

  test.each(SEEDS)('keeps exactly what is not before a time (seed %i)', seed => {
    const rng = seededRng(`before ${seed}`)
    const [entries, before] = [trickyEntries(rng), randomTime(rng)]
    const index = Index.bulk(entries, { bucketSeconds: pick(rng, BUCKETS) })
    rootOf(index)
    const kept = new Model(entries.filter(([createdAt]) => createdAt >= before))
    expect(index.discardBefore(before)).toBe(new Model(entries).size - kept.size)
    checkIndex(index)
    expect(index.size).toBe(kept.size)
    expect(rootOf(index)).toEqual(plainRoot(kept.sorted, FIRST_DAY, UPTO))
  })

  test('keeps the later records of a day that is cut', () => {
    const seconds = Array.from({ length: 100 }, (_, second): Entry => [START + second, sameBytes(0)])
    const index = Index.bulk([[START - 1, sameBytes(0)], ...seconds])
    rootOf(index)
    expect(index.discardBefore(START + 40)).toBe(41)
    expect(rootOf(index)).toEqual(rootOf(Index.bulk(seconds.slice(40))))
    checkIndex(index)
  })

  test.each(BUCKETS)('counts its days whatever the bucket (%i seconds)', bucketSeconds => {
    const times = [START + DAY_SECONDS, START, START + DAY_SECONDS - 1, START + 5 * DAY_SECONDS]
    const entries = times.map((createdAt): Entry => [createdAt, sameBytes(0)])
    expect(Index.bulk(entries, { bucketSeconds }).dayCounts()).toEqual([
      [FIRST_DAY, 2],
      [FIRST_DAY + 1, 1],
      [FIRST_DAY + 5, 1],
    ])
  })

  test.each([0, -1, 7, 100_000])('has no buckets of %i seconds', bucketSeconds => {
    expect(() => new Index({ bucketSeconds })).toThrow(ConfigError)
  })

  test('refuses an id of another length', () => {
    const short = '00'.repeat(31) as RecordId
    expect(() => new Index().add(START, short)).toThrow('ids have 32')
    expect(() => Index.bulk([[START, short]])).toThrow(ConfigError)
  })
})

describe('the check', () => {
  const damages: [string, (kept: Kept) => void, string][] = [
    ['buckets out of order', kept => kept.buckets.reverse(), 'disagree'],
    ['a bucket without a tree', kept => kept.trees.delete(FIRST_DAY), 'disagree'],
    ["an entry in another's bucket", kept => kept.trees.get(FIRST_DAY)?.insert(UPTO, sameBytes(0)), "another's"],
    ['a stale digest', kept => kept.digests.whole.set(FIRST_DAY, STALE), 'stale'],
    ['a stale digest of a part', kept => kept.digests.parts.set(FIRST_DAY, [STALE.digest]), 'part 0'],
  ]

  test.each(damages)('finds %s', (_, damage, found) => {
    const index = Index.bulk([[START, sameBytes(1)], ...entriesOf(100, START, UPTO)])
    damage(keptOf(index))
    expect(() => checkIndex(index)).toThrow(found)
  })

  test('of a lost tree is made by whoever asks too', () => {
    const index = Index.bulk([[START, sameBytes(1)]])
    keptOf(index).trees.clear()
    expect(() => index.count([0, ''], [UPTO, ''])).toThrow('disagree')
  })
})
