/** A refusal is told once, however many peers bring the record. */

import { expect, test } from 'vitest'
import type { Cause } from '../../src/core/cause.ts'
import { REFUSALS_TOLD_MAX } from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { Told } from '../../src/protocol/told.ts'
import { peerId } from './pair.ts'

const [ONE, TWO] = [peerId(1), peerId(2)]

function refusal(number: number, peer: PeerId | null, cause: Cause = 'policy'): Request {
  const id = number.toString(16).padStart(64, '0') as RecordId
  return { type: 'Emit', event: { type: 'RecordRejected', id, cause, source: 'words', reason: 'no', peer } }
}

test('a refusal is told once of each record and cause', () => {
  const told = new Told()
  const first = [refusal(1, ONE), refusal(2, ONE)]
  expect(told.once(first)).toEqual(first)
  expect(told.once([refusal(1, TWO), refusal(2, TWO), refusal(3, TWO)])).toEqual([refusal(3, TWO)])
  const aged = refusal(1, ONE, 'age')
  expect(told.once([aged, aged])).toEqual([aged])
})

test('what was refused before is told to our own user alone', () => {
  const told = new Told()
  expect(told.once([refusal(1, ONE, 'refused')])).toEqual([])
  const ours = [refusal(1, null, 'refused'), refusal(1, null), refusal(1, null)]
  expect(told.once(ours)).toEqual(ours)
  expect(told.once([refusal(1, ONE)])).toEqual([refusal(1, ONE)])
})

test('what else is asked stays', () => {
  const told = new Told()
  const strike: Request = { type: 'Strike', peer: ONE, fault: Fault.WRONG_ROOM, reason: 'elsewhere' }
  expect(told.once([refusal(1, ONE), strike])).toEqual([refusal(1, ONE), strike])
  expect(told.once([refusal(1, ONE), strike])).toEqual([strike])
})

test('only the latest are remembered', () => {
  const told = new Told()
  told.once(Array.from({ length: REFUSALS_TOLD_MAX }, (_, number) => refusal(number, ONE)))
  expect(told.once([refusal(0, TWO)])).toEqual([])
  expect(told.once([refusal(REFUSALS_TOLD_MAX, ONE)])).toHaveLength(1)
  expect(told.once([refusal(0, TWO)])).toEqual([])
  expect(told.once([refusal(1, TWO)])).toEqual([refusal(1, TWO)])
})
