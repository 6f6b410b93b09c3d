/** What is purged while it is on its way to the disk. */

import { expect, test } from 'vitest'
import { Index } from '../../src/core/merkle.ts'
import { Screen } from '../../src/protocol/arrivals.ts'
import { Intake } from '../../src/protocol/intake.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { window } from '../../src/protocol/retention.ts'
import { at, makeRecord, peerId, ROOM_TAG } from './pair.ts'

test('what is purged before we are told that it is saved is given to nobody', () => {
  const [index, now] = [new Index(), at(0)]
  const screen = new Screen(ROOM_TAG, unix => window(unix))
  const intake = new Intake(index, screen, { deleters: [], hasPolicies: false, refused: new Refused('rules', index) })
  const [gone, kept] = [makeRecord(1), makeRecord(2)]
  intake.offer(peerId(1), 0, [gone, kept], now)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true, true] }, now)
  intake.purge([gone.id, makeRecord(3).id])
  const effects = intake.receive({ type: 'Saved', batch: 1 }, now)
  expect(effects.flatMap(effect => (effect.type === 'Relay' ? effect.news : []))).toEqual([[kept, peerId(1)]])
  expect(index.size).toBe(2)
})
