import { expect, test } from 'vitest'
import { OWED_RECORDS_FIRST, OWED_RECORDS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Ends } from '../../src/protocol/ends.ts'
import { Recents } from '../../src/protocol/recents.ts'

function makeBranch(): Ends {
  const branch = new Ends('000001' as PeerId, new Recents(), true)
  branch.isBranch = true
  return branch
}

/** Let *branch* bring records until it is waited for; give how many that took. */
function owedBy(branch: Ends): number {
  let count = 0
  for (; !branch.isExpected; count += 1) branch.bring()
  return count
}

test('who is waited for in vain owes twice as many records each time', () => {
  const branch = makeBranch()
  expect(branch.isExpected).toBe(true)
  for (let number = 0; number < 12; number += 1) {
    branch.miss()
    expect(owedBy(branch)).toBe(Math.min(OWED_RECORDS_FIRST * 2 ** number, OWED_RECORDS_MAX))
  }
})

test('nobody brings more than it owes', () => {
  const branch = makeBranch()
  for (let number = 0; number < 100; number += 1) branch.bring()
  branch.miss()
  expect(owedBy(branch)).toBe(OWED_RECORDS_FIRST)
})
