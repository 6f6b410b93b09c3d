/** What set rules hide: a function of the member set, whatever came first. */
import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { KIND_DELETION, KIND_KEYED, type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import { makeManifest } from '../../src/core/rules.ts'
import { PolicyClass, type Seat } from '../../src/core/verdict.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { REPLACED } from '../../src/moderation/versions.ts'
import type { SetRule } from '../../src/ports.ts'
import { key, makeRecord, START } from '../protocol/pair.ts'
import { seededRng } from '../seeded.ts'

/** The newest *count* records of each author are seen. */
function newestOf(count: number): SetRule {
  return {
    name: 'newest-of',
    policyClass: PolicyClass.SET_RULE,
    manifest: makeManifest({ name: 'newest-of', version: 1 }),
    reason: 'newer records of its author take its place',
    group: record => (record.content === 'record 0' || record.kind === KIND_DELETION ? null : [record.author]),
    keep: (group: readonly Seat[]) => new Set(group.slice(-count).map(seat => seat.id)),
  }
}

const SHADOWED = {
  type: 'Reject',
  policy: 'newest-of',
  reason: 'newer records of its author take its place',
  rule: '',
  span: null,
}

function visible(shadows: Shadows, records: readonly Record[]): RecordId[] {
  return records.map(record => record.id).filter(id => shadows.shadowing(id) === null)
}

function idsOf(records: readonly Record[]): RecordId[] {
  return records.map(record => record.id)
}

test('the rule that shadows is named with its reason', () => {
  const shadows = new Shadows([newestOf(1)])
  const [old, latest] = [makeRecord(1, { at: START - 5 }), makeRecord(2)]
  shadows.add([latest, old])
  expect(shadows.shadowing(old.id)).toEqual(SHADOWED)
  expect(shadows.shadowing(latest.id)).toBeNull()
})

test('a member that goes gives its place back', () => {
  const shadows = new Shadows([newestOf(1)])
  const [old, latest] = [makeRecord(1, { at: START - 5 }), makeRecord(2)]
  shadows.add([old, latest])
  expect(shadows.shadowing(old.id)).toEqual(SHADOWED)
  shadows.remove(latest.id)
  expect(shadows.shadowing(old.id)).toBeNull()
  shadows.remove(old.id)
  shadows.remove(old.id)
  expect(shadows.shadowing(old.id)).toBeNull()
})

test('a member that is added twice counts once', () => {
  const shadows = new Shadows([newestOf(2)])
  const records = [makeRecord(1, { at: START - 5 }), makeRecord(2)]
  shadows.add([...records, ...records])
  expect(visible(shadows, records)).toEqual(idsOf(records))
})

test('what does not concern a rule is seen', () => {
  const shadows = new Shadows([newestOf(1)])
  const apart = makeRecord(0, { at: START - 9 })
  shadows.add([apart, makeRecord(1), makeRecord(2)])
  expect(shadows.shadowing(apart.id)).toBeNull()
})

test('what grew old leaves its groups', () => {
  const shadows = new Shadows([newestOf(2), newestOf(3)])
  const records = [1, 2, 3, 4, 5].map(number => makeRecord(number, { at: START + number }))
  shadows.add(records)
  shadows.removeBefore(START + 4)
  const late = makeRecord(9, { at: START })
  shadows.add([late])
  expect(shadows.shadowing(late.id)).toEqual(SHADOWED)
  expect(visible(shadows, records.slice(3))).toEqual(idsOf(records.slice(3)))
})

test.each([0, 1, 2, 3, 4, 5, 6, 7])('any history that ends in one set shows the same (seed %i)', seed => {
  const numbers = Array.from({ length: 14 }, (_, number) => number + 1)
  const records = numbers.map(number => makeRecord(number, { at: START - (number % 3), author: 1 + (number % 2) }))
  const [gone, stay] = [records.slice(0, 4), records.slice(4)]
  const rng = seededRng(`shadows ${seed}`)
  const plain = new Shadows([newestOf(3), newestOf(2)])
  plain.add(stay)
  const shuffled = new Shadows([newestOf(3), newestOf(2)])
  for (const record of rng.sample(records, records.length)) {
    shuffled.add([record])
    expect([null, SHADOWED]).toContainEqual(shuffled.shadowing(record.id))
  }
  for (const record of rng.sample(gone, gone.length)) shuffled.remove(record.id)
  expect(visible(shuffled, stay)).toEqual(visible(plain, stay))
  expect(visible(plain, stay).length).toBe(4)
})

test('a rule sees its group in order, whatever the order of arrival', () => {
  const seen: Seat[][] = []
  const keep = (group: readonly Seat[]): ReadonlySet<RecordId> => {
    seen.push([...group])
    return new Set()
  }
  const records = [3, 1, 2].map(number => makeRecord(number, { at: START + (number % 2) }))
  const shadows = new Shadows([{ ...newestOf(1), keep }])
  shadows.add(records)
  shadows.shadowing(records[0]?.id ?? ('' as RecordId))
  const order = records.map(({ createdAt, id }) => ({ createdAt, microseconds: 0, id, address: null }))
  order.sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1))
  expect(seen).toMatchObject([order])
})

test('a rule that breaks is named and hides nothing', () => {
  const broken: SetRule = {
    ...newestOf(1),
    group: record => {
      if (record.content === 'record 1') throw new TypeError('no group')
      return ['all']
    },
    keep: () => {
      throw new RangeError('no room')
    },
  }
  const shadows = new Shadows([broken])
  const records = [1, 2, 3].map(number => makeRecord(number))
  shadows.add(records)
  expect([...shadows.complaints]).toEqual([['newest-of', 'raised TypeError: no group']])
  expect(visible(shadows, records)).toEqual(idsOf(records))
  expect([...shadows.complaints]).toEqual([['newest-of', 'raised RangeError: no room']])
})

test.each([
  ['no group', { group: () => undefined }],
  ['no set', { keep: () => undefined }],
  ['a promise', { group: () => Promise.resolve(['all']) }],
])('a rule that answers with %s hides nothing', (_, answers) => {
  const record = makeRecord(1)
  const shadows = new Shadows([{ ...newestOf(1), ...(answers as unknown as SetRule) }])
  shadows.add([record])
  expect(shadows.shadowing(record.id)).toBeNull()
  expect(shadows.complaints.get('newest-of')).toMatch(/^raised TypeError: /)
})

test('a rule may throw what is no error', () => {
  const rule = {
    ...newestOf(1),
    group: () => {
      throw 'a word'
    },
  }
  const shadows = new Shadows([rule])
  shadows.add([makeRecord(1)])
  expect(shadows.complaints.get('newest-of')).toBe('raised a word')
})

test('groups of one name under two rules are apart', () => {
  const shadows = new Shadows([newestOf(2), { ...newestOf(1), name: 'stricter' }])
  const records = [1, 2, 3].map(number => makeRecord(number, { at: START + number }))
  shadows.add(records)
  const policies = records.map(record => shadows.shadowing(record.id)?.policy ?? null)
  expect(policies).toEqual(['newest-of', 'stricter', null])
})

test('without rules nothing is kept in mind', () => {
  expect(new Shadows([]).isEmpty).toBe(true)
  expect(new Shadows([newestOf(1)]).isEmpty).toBe(false)
})

test('every room shadows versions that newer ones replaced, also when those are purged', () => {
  const [old, newer] = [0, 1].map(at =>
    signRecord(key(1), { createdAt: (START + at) as UnixTime, kind: KIND_KEYED, tags: [['d', 'a']], content: '' }),
  ) as [Record, Record]
  const shadows = new Shadows([])
  shadows.add([old, newer])
  expect([shadows.shadowing(old.id), shadows.shadowing(newer.id)]).toEqual([REPLACED, null])
  shadows.purge(newer.id)
  expect(shadows.shadowing(old.id)).toBe(REPLACED)
  shadows.remove(newer.id)
  expect(shadows.shadowing(old.id)).toBeNull()
})
