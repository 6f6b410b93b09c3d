/** What a store remembers of whose keys were useful for long. */
import { expect, test } from 'vitest'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import { ACQUAINTANCES_MAX, INTEGER_MAX } from '../../src/core/limits.ts'
import type { Acquaintance } from '../../src/protocol/acquaintances.ts'
import { ACQUAINTANCES, keepAcquaintances, keptAcquaintances, MESH, openMesh } from '../../src/room/acquainted.ts'

const [ONE, TWO] = ['ab'.repeat(32) as PublicKey, 'cd'.repeat(32) as PublicKey]

test('acquaintances are kept in the place of earlier ones, as many as there may be', async () => {
  const store = new MemoryStore()
  expect((await keptAcquaintances(store)).all).toEqual([])
  await keepAcquaintances(store, [[ONE, 1 as UnixTime]])
  await keepAcquaintances(store, [[TWO, 2 as UnixTime]])
  expect((await keptAcquaintances(store)).all).toEqual([[TWO, 2]])
  const most = Array.from({ length: ACQUAINTANCES_MAX }, (_, number): Acquaintance => {
    return [`${number}`.padStart(64, '0') as PublicKey, INTEGER_MAX as UnixTime]
  })
  await keepAcquaintances(store, most)
  expect((await keptAcquaintances(store)).all).toEqual(most)
  expect((await openMesh(store)).acquaintances.all).toEqual(most)
})

test.each([
  '',
  'no JSON',
  '7',
  'null',
  '[]',
  `["${ONE}"]`,
  `{"${ONE}":"1"}`,
  `{"${ONE}":-1}`,
  '{"ab":5}',
  '['.repeat(4_000),
])('what makes no sense is left out: %s', async text => {
  const store = new MemoryStore()
  await store.note(MESH, ACQUAINTANCES, text)
  expect((await keptAcquaintances(store)).all).toEqual([])
})
