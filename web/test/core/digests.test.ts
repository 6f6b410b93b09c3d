import { expect, test } from 'vitest'
import type { Entry } from '../../src/core/block.ts'
import { dayBound, isBefore } from '../../src/core/bucket.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { DIGEST_IDS_MAX, DIGEST_PART_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Bound } from '../../src/core/message.ts'
import { seededRng } from '../seeded.ts'
import { checkIndex, keptOf } from './checks.ts'
import { composedDigest, FIRST_DAY, plainDigest, plainRoot, ROOM, rootOf, SEEDS, START, UPTO } from './digested.ts'
import { below, entriesOf, Model, pick, randomId, sameBytes } from './entries.ts'

test('digests of a day are hashed once until it changes', () => {
  const index = Index.bulk(entriesOf(1_000, START, UPTO))
  const day = [dayBound(FIRST_DAY), dayBound(FIRST_DAY + 1)] as const
  const count = index.count(...day)
  for (let number = 0; number < 3; number += 1) index.digest(...day)
  expect(index.hashedIds).toBe(count)
  index.add(START + DAY_SECONDS, sameBytes(0))
  index.digest(...day)
  expect(index.hashedIds).toBe(count)
  index.add(START + DAY_SECONDS - 1, sameBytes(0))
  index.digest(...day)
  expect(index.hashedIds).toBe(2 * count + 1)
})

test('digests of a day become stale with an entry that goes', () => {
  const index = Index.bulk([
    [START, sameBytes(0)],
    [START, sameBytes(1)],
  ])
  const day = [dayBound(FIRST_DAY), dayBound(FIRST_DAY + 1)] as const
  index.digest(...day)
  index.discard(START, sameBytes(0))
  expect(index.digest(...day)).toBe(plainDigest([[START, sameBytes(1)]]))
})

test('digests of empty days are not kept', () => {
  const index = Index.bulk(entriesOf(10, START, UPTO))
  for (let day = 0; day < 1_000; day += 1) index.digest(dayBound(day), dayBound(day + 1))
  expect(keptOf(index).digests.whole.size).toBe(0)
})

test.each(SEEDS.slice(0, 12))(
  'digests of a crowded day are right whatever was asked and changed before (seed %i)',
  seed => {
    const rng = seededRng(`crowded ${seed}`)
    const time = () => pick(rng, [START + below(rng, DAY_SECONDS + 1), START + below(rng, 97) * DIGEST_PART_SECONDS])
    const model = new Model(entriesOf(DIGEST_IDS_MAX + 100, START, START + DAY_SECONDS, seed))
    const index = Index.bulk(model.sorted, { bucketSeconds: pick(rng, [300, DAY_SECONDS]) })
    for (let step = 0; step < 12; step += 1) {
      const bound = (): Bound => [time(), pick(rng, ['', '', '80'])]
      const [lower, upper] = [bound(), bound()]
      const inside = model.sorted.filter(entry => !isBefore(entry, lower) && isBefore(entry, upper))
      expect(index.digest(lower, upper)).toBe(composedDigest(inside, lower, upper))
      rootOf(index)
      const gone = step % 2 === 0 ? inside[0] : undefined
      const entry = gone ?? ([time(), randomId(rng)] as const)
      if (gone === undefined) expect(index.add(...entry)).toBe(model.add(entry))
      else expect(index.discard(...entry)).toBe(model.remove(entry))
    }
    checkIndex(index)
    expect(rootOf(index)).toEqual(plainRoot(model.sorted, FIRST_DAY, UPTO))
  },
)

test('a root costs no more than its quarter of an hour for a record more in a crowded day', () => {
  const entries = Array.from({ length: 8_640 }, (_, number): Entry => [START + 10 * number, sameBytes(number % 256)])
  const index = Index.bulk(entries)
  rootOf(index)
  expect(index.hashedIds).toBe(8_640)
  index.add(START + 40_000, sameBytes(255))
  rootOf(index)
  expect(index.hashedIds).toBe(8_640 + 91)
  index.discard(START, sameBytes(0))
  rootOf(index)
  expect(index.hashedIds).toBe(8_640 + 91 + 89)
  // Up to the middle of a quarter, only what is behind the last whole one is hashed again.
  index.root(ROOM, FIRST_DAY, (START + 40_000) as UnixTime)
  expect(index.hashedIds).toBe(8_640 + 91 + 89 + 40)
})
