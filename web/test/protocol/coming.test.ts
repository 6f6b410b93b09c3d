import { expect, test } from 'vitest'
import { PULL_PATIENCE_SECONDS, RECENT_RECORDS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Comings } from '../../src/protocol/coming.ts'
import { at } from './pair.ts'

const ONE = '000001' as PeerId

test('what does not come through in time is forgotten', () => {
  const comings = new Comings()
  comings.begin('a', new Set([ONE]), at(0).monotonic)
  comings.begin('b', new Set([ONE]), at(1).monotonic)
  comings.forget(at(PULL_PATIENCE_SECONDS).monotonic)
  expect([...comings.keys()]).toEqual(['b'])
  expect(comings.get('b')?.holders).toEqual(new Set([ONE]))
})

test('of too many the oldest go', () => {
  const comings = new Comings()
  for (let number = 0; number <= RECENT_RECORDS_MAX; number += 1) {
    comings.begin(`${number}`, new Set([ONE]), at(0).monotonic)
  }
  comings.forget(at(0).monotonic)
  expect([comings.has('0'), comings.has('1'), comings.size]).toEqual([false, true, RECENT_RECORDS_MAX])
})
