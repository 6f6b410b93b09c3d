/** Deletions and their targets on their way in (NIP-09). */

import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { addressText } from '../../src/core/deletion.ts'
import { Index } from '../../src/core/merkle.ts'
import { KIND_DELETION, KIND_KEYED, type Record, signRecord } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Screen } from '../../src/protocol/arrivals.ts'
import type { BatchInput } from '../../src/protocol/batch.ts'
import type { Effect, Request } from '../../src/protocol/effects.ts'
import type { Event } from '../../src/protocol/events.ts'
import { Intake } from '../../src/protocol/intake.ts'
import { Refused } from '../../src/protocol/refused.ts'
import { window } from '../../src/protocol/retention.ts'
import { idsBetween } from '../core/entries.ts'
import { seededRng } from '../seeded.ts'
import { answerTo, at, type Disk, deletionOf, key, makeRecord, ROOM_TAG, START } from './pair.ts'

const PEER = '0000peer' as PeerId
const NOW = at(0)

function makeIntake(): { intake: Intake; index: Index; disk: Disk } {
  const index = new Index()
  const screen = new Screen(ROOM_TAG, now => window(now))
  const refused = new Refused('rules', index)
  return { intake: new Intake(index, screen, { deleters: [], hasPolicies: false, refused }), index, disk: new Map() }
}

function run(intake: Intake, effects: readonly Request[], disk: Disk, now = NOW): Request[] {
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

function keyed(number: number, time: number, { name = 'profile', author = 1 } = {}): Record {
  const tags = [
    ['h', ROOM_TAG],
    ['d', name],
  ]
  return signRecord(key(author), { createdAt: time as UnixTime, kind: KIND_KEYED, tags, content: `version ${number}` })
}

function addressDeletion(time: number, author = 1): Record {
  const tags = [
    ['h', ROOM_TAG],
    ['a', addressText(KIND_KEYED, key(1).publicKey, 'profile')],
  ]
  return signRecord(key(author), { createdAt: time as UnixTime, kind: KIND_DELETION, tags, content: '' })
}

test('a deletion removes its target and stays a member', () => {
  const { intake, index, disk } = makeIntake()
  const record = makeRecord(1)
  run(intake, intake.offer(PEER, 0, [record], NOW), disk)
  const deletion = deletionOf([record])
  const done = run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
  expect([...disk.keys()]).toEqual([deletion.id])
  expect(events(done)).toContainEqual({ type: 'RecordDeleted', id: record.id, by: deletion.id })
  expect(idsBetween(index, [0, ''], [2 ** 40, ''])).toEqual([deletion.id])
})

test.each(['0', '1', '2', '3', '4', '5'])('a deletion and its target give one set in any order (seed %s)', seed => {
  const { intake, disk } = makeIntake()
  const [one, two, three] = [makeRecord(1), makeRecord(2), makeRecord(3)]
  const deletions = [deletionOf([one, two]), deletionOf([two])]
  const rng = seededRng(seed)
  const records = rng.sample([one, two, three, ...deletions], 5)
  while (records.length > 0) run(intake, intake.offer(PEER, 0, records.splice(0, 1 + (rng.uint32() % 3)), NOW), disk)
  expect([...disk.keys()].sort()).toEqual([three, ...deletions].map(record => record.id).sort())
})

test('a postponed deletion deletes nothing yet', () => {
  const { intake, disk } = makeIntake()
  const record = makeRecord(1)
  const deletion = deletionOf([record], { at: START + 1_000 })
  run(intake, intake.offer(PEER, 0, [deletion, record], NOW), disk)
  expect([...disk.keys()]).toEqual([record.id])
  run(intake, intake.tick(at(100)), disk, at(100))
  expect([...disk.keys()]).toEqual([deletion.id])
})

test('only the author deletes, only what is not younger, and never a deletion', () => {
  const { intake, disk } = makeIntake()
  const [old, young] = [makeRecord(1, { at: START - 10 }), makeRecord(2, { at: START + 10 })]
  const deletion = deletionOf([young])
  run(intake, intake.offer(PEER, 0, [old, young], NOW), disk)
  run(intake, intake.offer(PEER, 0, [deletionOf([old], { author: 2 }), deletion], NOW), disk)
  run(intake, intake.offer(PEER, 0, [deletionOf([deletion], { at: START + 1 })], NOW), disk)
  for (const record of [old, young, deletion]) expect(disk.has(record.id)).toBe(true)
})

test('a deletion by address removes every version up to its time, and nothing else', () => {
  const { intake, disk } = makeIntake()
  const [old, same, younger] = [keyed(1, START - 20), keyed(2, START - 5), keyed(3, START - 4)]
  const apart = [keyed(1, START - 20, { name: 'other' }), keyed(1, START - 20, { author: 2 }), makeRecord(1)]
  const deletion = addressDeletion(START - 5)
  run(intake, intake.offer(PEER, 0, [old, same, younger, ...apart], NOW), disk)
  const done = run(intake, intake.offer(PEER, 0, [addressDeletion(START, 2), deletion], NOW), disk)
  const stay = [younger, ...apart, addressDeletion(START, 2), deletion]
  expect([...disk.keys()].sort()).toEqual(stay.map(({ id }) => id).sort())
  const deleted = events(done).flatMap(event => (event.type === 'RecordDeleted' ? event.id : []))
  expect(deleted.sort()).toEqual([old.id, same.id].sort())
})

test('an older version that comes after its deletion is refused without a strike', () => {
  const { intake, disk } = makeIntake()
  const [deletion, late] = [addressDeletion(START - 5), keyed(1, START - 20)]
  run(intake, intake.offer(PEER, 0, [deletion], NOW), disk)
  const done = run(intake, intake.offer(PEER, 0, [late], NOW), disk)
  const reason = `its author deleted it by ${deletion.id.slice(0, 8)}`
  const rejected = { type: 'RecordRejected', id: late.id, cause: 'deleted', source: 'deleted', reason, peer: PEER }
  expect(events(done)).toEqual([rejected])
  expect(done.some(effect => effect.type === 'Strike')).toBe(false)
  expect([...disk.keys()]).toEqual([deletion.id])
})

test.each(Array.from({ length: 12 }, (_, seed) => `${seed}`))(
  'deletions by id and by address give one set in any order and batching (seed %s)',
  seed => {
    const { intake, index, disk } = makeIntake()
    const versions = [0, 1, 2, 3, 4, 5].map(number => keyed(number, START - 20 + number))
    const others = [0, 1, 2].map(number => keyed(number, START - 20 + number, { name: 'other' }))
    const deletions = [
      addressDeletion(START - 18),
      addressDeletion(START - 17),
      deletionOf([versions[5], others[0]].filter(each => each !== undefined)),
      deletionOf(others.slice(1, 2), { at: START - 30 }),
      addressDeletion(START, 2),
    ]
    const all = [...versions, ...others, ...deletions]
    const rng = seededRng(`deletions ${seed}`)
    const records = rng.sample(all, all.length)
    while (records.length > 0) run(intake, intake.offer(PEER, 0, records.splice(0, 1 + (rng.uint32() % 4)), NOW), disk)
    const stay = [...versions.slice(4, 5), ...others.slice(1), ...deletions].map(({ id }) => id).sort()
    expect([...disk.keys()].sort()).toEqual(stay)
    expect([...idsBetween(index, [0, ''], [2 ** 40, ''])].sort()).toEqual(stay)
  },
)

test('the store is asked for marks of authors that deleted something, and of nobody else', () => {
  const { intake, disk } = makeIntake()
  const asked = (records: Record[]) =>
    run(intake, intake.offer(PEER, 0, records, NOW), disk).flatMap(each =>
      each.type === 'Resolve' ? each.questions : [],
    )
  expect(asked([makeRecord(1), makeRecord(2, { author: 2 })])).toEqual([])
  asked([deletionOf([makeRecord(9)])])
  expect(asked([makeRecord(3), makeRecord(4, { author: 2 })])).toEqual([[makeRecord(3).id, key(1).publicKey]])
})
