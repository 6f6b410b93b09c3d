import { expect, test } from 'vitest'
import { RETENTION_SECONDS, SKETCH_INTERVAL_SECONDS, SKETCH_STRETCH_RECORDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import { keepUp } from '../../src/protocol/upkeep.ts'
import { seededRng } from '../seeded.ts'
import { draw } from './large.ts'
import { at } from './pair.ts'

test('a set is gone through one stretch each interval', () => {
  const index = Index.bulk(draw(4 * SKETCH_STRETCH_RECORDS, seededRng('upkeep')))
  const upkeep = keepUp(index, RETENTION_SECONDS)
  expect(upkeep.deadline).toBeNull()
  let now = 0
  let ticks = 1
  upkeep.tick(at(now))
  for (let due = upkeep.deadline; due !== null; due = upkeep.deadline) {
    expect(due).toBe(now + SKETCH_INTERVAL_SECONDS)
    upkeep.tick(at(now))
    expect(upkeep.deadline).toBe(due)
    now = due
    upkeep.tick(at(now))
    ticks += 1
  }
  expect(ticks).toBe(4)
})
