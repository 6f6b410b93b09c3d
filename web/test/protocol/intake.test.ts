/** The way in: what is refused, what waits, what is saved, in which order. */

import { expect, test } from 'vitest'
import { DAY_SECONDS, type Moment } from '../../src/core/clock.ts'
import {
  BATCHES_AT_ONCE_MAX,
  EPHEMERAL_IDS_MAX,
  INTAKE_BATCH_RECORDS_MAX,
  INTAKE_QUEUE_BYTES_PER_PEER_MAX,
  LIVE_RECORD_BYTES_MIN,
  POSTPONED_RECORDS_MAX,
  POSTPONED_RECORDS_PER_PEER_MAX,
} from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import { type Record, type RecordId, signRecord } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { FAILED, type Verdict } from '../../src/core/verdict.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { Screen } from '../../src/protocol/arrivals.ts'
import type { BatchInput } from '../../src/protocol/batch.ts'
import type { Effect, Request } from '../../src/protocol/effects.ts'
import type { Event } from '../../src/protocol/events.ts'
import { costOf } from '../../src/protocol/inlet.ts'
import { Intake } from '../../src/protocol/intake.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { window } from '../../src/protocol/retention.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { answerTo, at, type Disk, deletionOf, key, makeRecord, ROOM_TAG, START } from './pair.ts'

const [PEER, OTHER] = ['0000peer' as PeerId, '0000other' as PeerId]
const NOW = at(0)

function makeIntake({ hasPolicies = false } = {}): { intake: Intake; index: Index; disk: Disk } {
  const index = new Index()
  const screen = new Screen(ROOM_TAG, now => window(now))
  return {
    intake: new Intake(index, screen, { deleters: [], hasPolicies, refused: new Refused('rules', index) }),
    index,
    disk: new Map(),
  }
}

/** Answer every question until there are none; give all that was asked, in order. */
function run(intake: Intake, effects: readonly Request[], disk: Disk = new Map(), now: Moment = NOW): Request[] {
  const done = [...effects]
  // The array grows while it is walked.
  for (const effect of done) {
    const answer = answerTo(effect as Effect, disk)
    if (answer !== null) done.push(...intake.receive(answer as BatchInput, now))
  }
  return done
}

function events(effects: readonly Request[]): Event[] {
  return effects.flatMap(effect => (effect.type === 'Emit' ? effect.event : []))
}

function strikes(effects: readonly Request[]): Fault[] {
  return effects.flatMap(effect => (effect.type === 'Strike' ? effect.fault : []))
}

function dealt(peer: PeerId, round: number, records: readonly Record[], added: number): Request {
  const size = records.reduce((sum, { wire }) => sum + costOf(round, wire), 0)
  return { type: 'Dealt', peer, round, size, added, refused: 0 }
}

/** Give *record* with a signature that is not its author's. */
function forged(record: Record): Record {
  return { ...record, signature: record.signature.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) }
}

/** Give *count* copies of a record under ids of their own; nothing here looks at signatures. */
function numbered(count: number, recipe: { kind?: number; size?: number; at?: number } = {}): Record[] {
  const record = makeRecord(0, recipe)
  return Array.from({ length: count }, (_, number) => ({ ...record, id: idOf(number) }))
}

function idOf(number: number): RecordId {
  return (number + 1).toString(16).padStart(64, '0') as RecordId
}

test('a record is verified, judged, saved, indexed, emitted and relayed, in that order', () => {
  const { intake, index } = makeIntake({ hasPolicies: true })
  const record = makeRecord(1)
  expect(run(intake, intake.offer(PEER, 3, [record], NOW))).toEqual([
    { type: 'Verify', batch: 1, records: [record] },
    { type: 'Judge', batch: 1, records: [record] },
    { type: 'Save', batch: 1, records: [record], removed: [], filled: [] },
    { type: 'Emit', event: { type: 'RecordAdded', record, peer: PEER } },
    dealt(PEER, 3, [record], 1),
    { type: 'Relay', news: [[record, PEER]] },
  ])
  expect(index.has(record.createdAt, record.id)).toBe(true)
  expect(intake.isIdle).toBe(true)
})

test('nothing is emitted before it is saved', () => {
  const { intake, index } = makeIntake()
  expect(intake.offer(PEER, 0, [makeRecord(1)], NOW).map(effect => effect.type)).toEqual(['Verify'])
  const effects = intake.receive({ type: 'Verified', batch: 1, areValid: [true] }, NOW)
  expect(effects.map(effect => effect.type)).toEqual(['Save'])
  expect(index.size).toBe(0)
})

test('without policies nothing is judged', () => {
  const { intake } = makeIntake()
  const done = run(intake, intake.offer(PEER, 0, [makeRecord(1)], NOW))
  expect(done.some(effect => effect.type === 'Judge')).toBe(false)
})

test('a known or pending record costs nothing', () => {
  const { intake } = makeIntake()
  const record = makeRecord(1)
  const first = intake.offer(PEER, 1, [record], NOW)
  expect(intake.offer(OTHER, 2, [record], NOW)).toEqual([dealt(OTHER, 2, [record], 0)])
  run(intake, first)
  expect(intake.offer(OTHER, 2, [record], NOW)).toEqual([dealt(OTHER, 2, [record], 0)])
})

test('a forged signature is a strike and the true record is still welcome', () => {
  const { intake, index } = makeIntake()
  const record = makeRecord(1)
  const done = run(intake, intake.offer(PEER, 0, [forged(record)], NOW))
  expect(strikes(done)).toEqual([Fault.FORGED_SIGNATURE])
  expect(index.size).toBe(0)
  run(intake, intake.offer(OTHER, 0, [record], NOW))
  expect(index.size).toBe(1)
})

test('one forgery does not spoil its batch', () => {
  const { intake, index } = makeIntake()
  const [one, two, three] = [makeRecord(1), makeRecord(2), makeRecord(3)]
  run(intake, intake.offer(PEER, 0, [one, forged(two), three], NOW))
  expect(index.size).toBe(2)
})

test.each<[name: string, record: Record, source: string, faults: Fault[]]>([
  ['too old', makeRecord(1, { at: START - 90 * DAY_SECONDS - 60 }), 'age', []],
  ['long gone', makeRecord(1, { at: START - 100 * DAY_SECONDS }), 'age', []],
  ['far ahead', makeRecord(1, { at: START + 2 * DAY_SECONDS }), 'age', []],
  ['stale and ephemeral', makeRecord(1, { at: START - 3_600, kind: 20_001 }), 'age', []],
  ['elsewhere', bare([['h', '00'.repeat(16)]]), 'room', [Fault.WRONG_ROOM]],
  ['nowhere', bare([]), 'room', [Fault.WRONG_ROOM]],
])('what can be no member is refused at once: %s', (_name, record, source, faults) => {
  const { intake } = makeIntake()
  const effects = intake.offer(PEER, 0, [record], NOW)
  expect(events(effects)).toMatchObject([{ type: 'RecordRejected', source }])
  expect(strikes(effects)).toEqual(faults)
  expect(intake.isIdle).toBe(true)
})

function bare(tags: string[][]): Record {
  return signRecord(key(1), { createdAt: START, kind: 1, tags, content: '' })
}

test('our own user is told but not struck', () => {
  const { intake } = makeIntake()
  const effects = intake.bring([bare([])], NOW, { isTrusted: false })
  expect(events(effects).map(event => event.type)).toEqual(['RecordRejected'])
  expect(strikes(effects)).toEqual([])
})

test('our own record is not verified again', () => {
  const { intake, index } = makeIntake()
  const done = run(intake, intake.bring([makeRecord(1)], NOW, { isTrusted: true }))
  expect(done[0]).toEqual({ type: 'Verify', batch: 1, records: [] })
  expect(index.size).toBe(1)
  expect(done.some(effect => effect.type === 'Dealt')).toBe(false)
})

test('an imported record is verified', () => {
  const { intake, index } = makeIntake()
  run(intake, intake.bring([forged(makeRecord(1))], NOW, { isTrusted: false }))
  expect(index.size).toBe(0)
})

test('bringing a known record says so', () => {
  const { intake } = makeIntake()
  const record = makeRecord(1)
  run(intake, intake.bring([record], NOW, { isTrusted: true }))
  expect(events(intake.bring([record], NOW, { isTrusted: true }))).toEqual([{ type: 'RecordKnown', id: record.id }])
})

test('a refusal of a policy is remembered', () => {
  const { intake, index } = makeIntake({ hasPolicies: true })
  const record = makeRecord(1)
  intake.offer(PEER, 0, [record], NOW)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true] }, NOW)
  const reject: Verdict = { type: 'Reject', policy: 'words', reason: 'a bad word', rule: '', span: null }
  const effects = intake.receive({ type: 'Judged', batch: 1, verdicts: [reject] }, NOW)
  expect(events(effects)).toEqual([
    { type: 'RecordRejected', id: record.id, cause: 'policy', source: 'words', reason: 'a bad word', peer: PEER },
  ])
  expect(index.size).toBe(0)
  const kept = { type: 'KeepRefused', refused: [[record.createdAt, record.id]], rules: 'rules' }
  expect(effects).toContainEqual(kept)
  const again = intake.offer(OTHER, 0, [record], NOW)
  expect(events(again)).toEqual([])
  expect(strikes(again)).toEqual([])
})

test('the sender of a refused record is told of so much that was refused', () => {
  const { intake } = makeIntake({ hasPolicies: true })
  const [small, large] = [makeRecord(1), makeRecord(2, { size: 10_000 })]
  const counted = [LIVE_RECORD_BYTES_MIN, large.wire.length]
  const reject: Verdict = { type: 'Reject', policy: 'words', reason: 'a bad word', rule: '', span: null }
  const dealtIn = (effects: readonly Request[]) => effects.filter(effect => effect.type === 'Dealt')
  intake.offer(PEER, 0, [small, large], NOW)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true, true] }, NOW)
  const effects = intake.receive({ type: 'Judged', batch: 1, verdicts: [reject, reject] }, NOW)
  expect(dealtIn(effects)).toMatchObject(counted.map(size => ({ peer: PEER, round: 0, size, added: 0, refused: size })))
  const size = LIVE_RECORD_BYTES_MIN + large.wire.length
  expect(dealtIn(intake.offer(OTHER, 0, [small, large], NOW))).toMatchObject([{ peer: OTHER, size, refused: size }])
  const { length } = small.wire
  expect(dealtIn(intake.offer(OTHER, 3, [small], NOW))).toMatchObject([{ round: 3, size: length, refused: length }])
})

test("a policy that breaks down is nobody else's fault", () => {
  const { intake } = makeIntake({ hasPolicies: true })
  const record = makeRecord(1)
  intake.offer(PEER, 0, [record], NOW)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true] }, NOW)
  const failed: Verdict = { type: 'Reject', policy: 'words', reason: 'it broke', rule: FAILED, span: null }
  expect(strikes(intake.receive({ type: 'Judged', batch: 1, verdicts: [failed] }, NOW))).toEqual([])
})

test('what a banned peer sent is not judged unless another sent it too', () => {
  const { intake, index } = makeIntake()
  const [one, two, three, four] = [makeRecord(1), makeRecord(2), makeRecord(3), makeRecord(4)]
  const asked = [[one, two], [three], [four]].flatMap(records => intake.offer(PEER, 0, records, NOW))
  intake.offer(OTHER, 0, [two], NOW)
  intake.drop(PEER)
  run(intake, asked)
  expect([one, two, three, four].map(record => index.has(record.createdAt, record.id))).toEqual([
    false,
    true,
    false,
    false,
  ])
  run(intake, intake.offer(OTHER, 0, [one, four], NOW))
  expect(index.size).toBe(3)
})

test('an ephemeral record is passed on but never saved', () => {
  const { intake, index } = makeIntake()
  const record = makeRecord(1, { kind: 20_001 })
  const done = run(intake, intake.offer(PEER, 0, [record], NOW))
  expect(done).toContainEqual({ type: 'Relay', news: [[record, PEER]] })
  expect(done.some(effect => effect.type === 'Save')).toBe(false)
  expect(index.size).toBe(0)
})

test('an ephemeral record that several peers push is told once', () => {
  const { intake } = makeIntake()
  const record = makeRecord(1, { kind: 20_001 })
  run(intake, intake.offer(PEER, 0, [record], NOW))
  expect(run(intake, intake.offer(OTHER, 0, [record], NOW))).toEqual([dealt(OTHER, 0, [record], 0)])
})

test('only so many ephemeral records are remembered', () => {
  const { intake } = makeIntake()
  const records = numbered(EPHEMERAL_IDS_MAX + 1, { kind: 20_001 })
  run(intake, intake.bring(records, NOW, { isTrusted: true }))
  const [first, second] = [records.slice(0, 1), records.slice(1, 2)]
  expect(intake.offer(PEER, 0, second, NOW)).toEqual([dealt(PEER, 0, second, 0)])
  expect(intake.offer(PEER, 0, first, NOW).map(effect => effect.type)).toEqual(['Verify'])
})

test('a record from the future waits until it is due', () => {
  const { intake, index } = makeIntake()
  const record = makeRecord(1, { at: START + 1_000 })
  const done = run(intake, intake.offer(PEER, 1, [record], NOW))
  expect(events(done)).toEqual([{ type: 'RecordPostponed', id: record.id, seconds: 100, peer: PEER }])
  expect(done.some(effect => effect.type === 'Relay')).toBe(false)
  expect(intake.deadline).toBe(100)
  expect(intake.offer(OTHER, 0, [record], NOW)).toEqual([dealt(OTHER, 0, [record], 0)])
  expect(intake.tick(at(99))).toEqual([])
  const late = run(intake, intake.tick(at(100)), new Map(), at(100))
  expect(events(late)).toEqual([{ type: 'RecordAdded', record, peer: null }])
  expect(index.size).toBe(1)
  expect(intake.deadline).toBe(null)
})

test('records dated ahead cost no signature once their sender has no place left', () => {
  const { intake, index } = makeIntake()
  const count = POSTPONED_RECORDS_PER_PEER_MAX + 64
  const records = Array.from({ length: count }, (_, number) => makeRecord(number, { at: START + 7_200 }))
  const told = []
  for (let at = 0; at < records.length; at += 64) {
    told.push(...events(run(intake, intake.offer(PEER, 0, records.slice(at, at + 64), NOW))))
  }
  expect(told.length).toBe(POSTPONED_RECORDS_PER_PEER_MAX)
  expect(intake.offer(PEER, 0, records, NOW).map(effect => effect.type)).toEqual(['Dealt'])
  expect(index.size).toBe(0)
})

test('our own record dated ahead is refused when there is no place, before or after it was verified', () => {
  const { intake } = makeIntake()
  const records = numbered(POSTPONED_RECORDS_MAX + 2, { at: START + 7_200 })
  const bring = (some: readonly Record[]) => events(run(intake, intake.bring(some, NOW, { isTrusted: true })))
  const causes = [...bring(records.slice(0, -1)), ...bring(records.slice(-1))].flatMap(event =>
    event.type === 'RecordRejected' ? event.cause : [],
  )
  expect(causes).toEqual(['age', 'age'])
  expect(intake.isIdle).toBe(true)
})

test('a failed save loses nothing and says so', () => {
  const { intake, index } = makeIntake()
  const [record, target] = [makeRecord(1), makeRecord(2)]
  const deletion = deletionOf([target])
  intake.offer(PEER, 4, [record, deletion], NOW)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true, true] }, NOW)
  intake.receive({ type: 'Resolved', batch: 1, outlines: [], marks: [] }, NOW)
  const effects = intake.receive({ type: 'SaveFailed', batch: 1, reason: 'disk full' }, NOW)
  expect(effects).toEqual([
    { type: 'Emit', event: { type: 'SaveDelayed', reason: 'disk full', ids: [record.id, deletion.id] } },
    dealt(PEER, 4, [record, deletion], 0),
  ])
  expect(index.size).toBe(0)
  run(intake, intake.offer(PEER, 5, [record, target], NOW))
  expect(index.size).toBe(2)
})

test('batches verify side by side and save in order', () => {
  const { intake } = makeIntake()
  const asked = [1, 2].flatMap(number => intake.offer(PEER, 0, [makeRecord(number)], NOW))
  expect(asked.map(effect => effect.type)).toEqual(['Verify', 'Verify'])
  expect(intake.receive({ type: 'Verified', batch: 2, areValid: [true] }, NOW)).toEqual([])
  const first = intake.receive({ type: 'Verified', batch: 1, areValid: [true] }, NOW)
  expect(first).toMatchObject([{ type: 'Save', batch: 1 }])
  const following = intake.receive({ type: 'Saved', batch: 1 }, NOW)
  expect(following.at(-1)).toMatchObject({ type: 'Save', batch: 2 })
})

test('a flood of one peer delays others by one batch at most', () => {
  const { intake } = makeIntake()
  const [one, two, ...flood] = numbered(2 + 2 * INTAKE_BATCH_RECORDS_MAX)
  for (const record of [one, two]) intake.offer(PEER, 0, record === undefined ? [] : [record], NOW)
  expect(BATCHES_AT_ONCE_MAX).toBe(2)
  intake.offer(PEER, 0, flood, NOW)
  const lone = makeRecord(3)
  intake.offer(OTHER, 0, [lone], NOW)
  intake.receive({ type: 'Verified', batch: 1, areValid: [true] }, NOW)
  const following = intake.receive({ type: 'Saved', batch: 1 }, NOW)
  const verified = following.flatMap(effect => (effect.type === 'Verify' ? effect.records : []))
  expect(verified).toContainEqual(lone)
  expect(verified.length).toBeLessThanOrEqual(INTAKE_BATCH_RECORDS_MAX)
})

test('more than the queue holds is left to sync and nobody is blamed', () => {
  const { intake } = makeIntake()
  const big = numbered(42, { size: 60_000 })
  for (const record of big.splice(0, BATCHES_AT_ONCE_MAX)) intake.offer(PEER, 0, [record], NOW)
  const effects = intake.offer(PEER, 0, big, NOW)
  expect(big.reduce((sum, record) => sum + record.wire.length, 0)).toBeGreaterThan(INTAKE_QUEUE_BYTES_PER_PEER_MAX)
  expect(strikes(effects)).toEqual([])
  expect(intake.offer(OTHER, 0, [makeRecord(500)], NOW)).toEqual([])
})

test('what a peer sent stays when its channel closes, and is owed to nobody', () => {
  const { intake, index } = makeIntake()
  const records = [1, 2, 3].map(number => makeRecord(number))
  const asked = records.flatMap(record => intake.offer(PEER, 0, [record], NOW))
  intake.disown(PEER)
  const done = run(intake, asked)
  expect(index.size).toBe(3)
  expect(done.some(effect => effect.type === 'Dealt')).toBe(false)
})

const ANSWERS: readonly BatchInput[] = [
  { type: 'Verified', batch: 1, areValid: [true] },
  { type: 'Judged', batch: 1, verdicts: [{ type: 'Accept' }] },
  { type: 'Resolved', batch: 1, outlines: [], marks: [] },
  { type: 'Saved', batch: 1 },
  { type: 'SaveFailed', batch: 1, reason: 'full' },
]
const [VERIFIED, JUDGED, RESOLVED] = ANSWERS as [BatchInput, BatchInput, BatchInput]

test.each<[state: string, before: BatchInput[], awaited: string[]]>([
  ['VERIFYING', [], ['Verified']],
  ['JUDGING', [VERIFIED], ['Judged']],
  ['RESOLVING', [VERIFIED, JUDGED], ['Resolved', 'SaveFailed']],
  ['SAVING', [VERIFIED, JUDGED, RESOLVED], ['Saved', 'SaveFailed']],
])('a batch that is %s takes only the answers it waits for', (_state, before, awaited) => {
  for (const answer of ANSWERS) {
    const { intake } = makeIntake({ hasPolicies: true })
    intake.offer(PEER, 0, [deletionOf([makeRecord(1)])], NOW)
    for (const earlier of before) intake.receive(earlier, NOW)
    if (awaited.includes(answer.type)) intake.receive(answer, NOW)
    else expect(() => intake.receive(answer, NOW)).toThrow(LocalProtocolError)
  }
})

test('an answer for no batch is a bug of the driver', () => {
  expect(() => makeIntake().intake.receive({ type: 'Saved', batch: 9 }, NOW)).toThrow(LocalProtocolError)
})
