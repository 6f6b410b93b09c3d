import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/budgets.json'
import type { DaySum } from '../../src/core/day-sum.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import { KIND_DELETION, type RecordId } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { PolicyClass, type Seat } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { Shadows } from '../../src/moderation/shadows.ts'
import { makeBudget } from '../../src/policies/budget.ts'
import { budget } from '../../src/policies/shipped.ts'
import { makeRecord, START } from '../protocol/pair.ts'

function sumOf([size = 0, records = 0, names = 0]: readonly number[]): DaySum {
  return { day: 7, author: '' as PublicKey, size, records, names }
}

test.each(vectors.cases)('of a day it keeps what every language keeps: $parameters', given => {
  const rule = makeBudget(given.figures)
  expect([rule.manifest.parameters, manifestId(rule.manifest)]).toEqual([given.parameters, given.manifest])
  const seats: Seat[] = given.seats.map(({ id, author, created_at, ...rest }) => ({
    ...rest,
    kind: 1_078,
    id: id as RecordId,
    author: author as PublicKey,
    createdAt: created_at,
  }))
  for (const { author, whole, fits } of given.fits) {
    expect(rule.fits?.(sumOf(author), sumOf(whole)), JSON.stringify([author, whole])).toBe(fits)
  }
  for (const order of [seats, seats.toReversed()]) expect([...rule.keep(order)].sort()).toEqual(given.kept)
})

test('what a room is given is a set rule that groups by the UTC day', async () => {
  const rule = await budget()
  expect([rule.name, rule.policyClass]).toEqual(['budget', PolicyClass.SET_RULE])
  const midnight = START - (START % 86_400)
  const [before, first, last] = [-1, 0, 86_399].map(off => rule.group(makeRecord(1, { at: midnight + off })))
  expect(first).toEqual(last)
  expect(before).not.toEqual(first)
})

test('sizes and what deletions name are known to it', () => {
  const seen: Seat[] = []
  const keep = (group: readonly Seat[]) => {
    seen.push(...group)
    return new Set<RecordId>()
  }
  const rule = { ...makeBudget({}), keep }
  const shadows = new Shadows([rule])
  const record = makeRecord(1)
  const deletion = makeRecord(2, { kind: KIND_DELETION, tags: [['e', record.id]] })
  shadows.add([record, deletion])
  shadows.shadowing(record.id)
  const facts = seen.map(({ id, author, size, names }) => ({ id, author, size, names }))
  const wanted = [record, deletion].map(({ id, author, wire }, names) => ({ id, author, size: wire.length, names }))
  expect(facts).toEqual(expect.arrayContaining(wanted))
})

test.each([
  { author: 1 },
  { room: 65_535 },
  { deletions: 63 },
  { author: 1.5e5 + 0.5 },
  { author: 2 ** 21, room: 2 ** 20 },
])('figures that cannot be meant are refused: %o', async figures => {
  await expect(budget(figures)).rejects.toThrow(ConfigError)
})
