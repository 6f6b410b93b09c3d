/** What our user wants to be saved together becomes a member together, or not at all. */

import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/core/clock.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Record } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { Screen } from '../../src/protocol/arrivals.ts'
import type { BatchInput } from '../../src/protocol/batch.ts'
import type { Effect, Request } from '../../src/protocol/effects.ts'
import { Intake } from '../../src/protocol/intake.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { window } from '../../src/protocol/retention.ts'
import { answerTo, at, type Disk, deletionOf, makeRecord, ROOM_TAG, START } from './pair.ts'

const NOW = at(0)
const GROUP = [1, 2, 3].map(number => makeRecord(number, { author: 1 }))
const [ONE, TWO, THREE] = GROUP as [Record, Record, Record]
const TOGETHER = { isTrusted: true, group: ONE.id }

function makeIntake({ hasPolicies = false } = {}): { intake: Intake; index: Index; disk: Disk } {
  const index = new Index()
  const screen = new Screen(ROOM_TAG, now => window(now))
  const refused = new Refused('rules', index)
  return { intake: new Intake(index, screen, { deleters: [], hasPolicies, refused }), index, disk: new Map() }
}

/** Answer all that is asked; a policy refuses *rude*. */
function run(intake: Intake, effects: readonly Request[], disk: Disk, rude?: Record): Request[] {
  const done = [...effects]
  // The array grows while it is walked.
  for (const effect of done) {
    if (effect.type === 'Judge') {
      const reject: Verdict = { type: 'Reject', policy: 'words', reason: 'rude', rule: '', span: null }
      const verdicts = effect.records.map(({ id }): Verdict => (id === rude?.id ? reject : { type: 'Accept' }))
      done.push(...intake.receive({ type: 'Judged', batch: effect.batch, verdicts }, NOW))
      continue
    }
    const answer = answerTo(effect as Effect, disk)
    if (answer !== null) done.push(...intake.receive(answer as BatchInput, NOW))
  }
  return done
}

/** Say by what each record was refused; null where it was added. */
function outcome(effects: readonly Request[]): (readonly [id: string, by: string | null])[] {
  return effects.flatMap((effect): (readonly [string, string | null])[] => {
    if (effect.type !== 'Emit') return []
    if (effect.event.type === 'RecordRejected') return [[effect.event.id, effect.event.source]]
    return effect.event.type === 'RecordAdded' ? [[effect.event.record.id, null]] : []
  })
}

function saved(effects: readonly Request[]): (readonly Record[])[] {
  return effects.flatMap(effect => (effect.type === 'Save' ? [effect.records] : []))
}

test('a group is saved at once', () => {
  const { intake, index, disk } = makeIntake()
  expect(saved(run(intake, intake.bring(GROUP, NOW, TOGETHER), disk))).toEqual([GROUP])
  expect(index.size).toBe(3)
})

test('when a policy refuses one the others are let go of, and may come again', () => {
  const { intake, index, disk } = makeIntake({ hasPolicies: true })
  const done = run(intake, intake.bring(GROUP, NOW, TOGETHER), disk, TWO)
  expect(outcome(done)).toEqual([
    [TWO.id, 'words'],
    [ONE.id, 'batch'],
    [THREE.id, 'batch'],
  ])
  expect([saved(done), index.size, intake.isIdle]).toEqual([[], 0, true])
  run(intake, intake.bring([ONE, THREE], NOW, TOGETHER), disk)
  expect(index.size).toBe(2)
})

test('when one is deleted already none is saved', () => {
  const { intake, index, disk } = makeIntake()
  run(intake, intake.bring([deletionOf([THREE])], NOW, { isTrusted: true }), disk)
  expect(outcome(run(intake, intake.bring(GROUP, NOW, TOGETHER), disk))).toEqual([
    [THREE.id, 'deleted'],
    [ONE.id, 'batch'],
    [TWO.id, 'batch'],
  ])
  expect(index.size).toBe(1)
})

test.each([0, 1, 2])('when one is too old none is taken (the record %i)', place => {
  const { intake, index, disk } = makeIntake()
  const old = makeRecord(7, { at: START - 100 * DAY_SECONDS })
  const group = GROUP.map((record, number) => (number === place ? old : record))
  const found = outcome(run(intake, intake.bring(group, NOW, TOGETHER), disk))
  expect(found.map(([, by]) => by).sort()).toEqual(['age', 'batch', 'batch'])
  expect([index.size, intake.isIdle]).toEqual([0, true])
})

test('what others bring meanwhile is not concerned', () => {
  const { intake, index, disk } = makeIntake()
  const alone = makeRecord(9, { author: 1 })
  run(intake, intake.bring([deletionOf([ONE])], NOW, { isTrusted: true }), disk)
  const effects = [...intake.bring(GROUP, NOW, TOGETHER), ...intake.offer('0000peer' as PeerId, 0, [alone], NOW)]
  run(intake, effects, disk)
  expect(index.has(alone.createdAt, alone.id)).toBe(true)
  expect(index.size).toBe(2)
})
