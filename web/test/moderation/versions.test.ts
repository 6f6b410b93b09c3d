import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { outlineOf } from '../../src/core/deletion.ts'
import { openRecord } from '../../src/core/envelope.ts'
import { KIND_KEYED, type Record, recordOf, signRecord } from '../../src/core/record.ts'
import { Seal, Seals, type Secret } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { Versions } from '../../src/moderation/versions.ts'
import { key, makeRecord, START } from '../protocol/pair.ts'
import { seededRng } from '../seeded.ts'

function version(at: number, us = 0, { name = 'profile', author = 1, content = '' } = {}): Record {
  const tags = [['d', name], ...(us > 0 ? [['us', `${us}`]] : [])]
  return signRecord(key(author), { createdAt: (START + at) as UnixTime, kind: KIND_KEYED, tags, content })
}

function superseded(versions: Versions, records: readonly Record[]): boolean[] {
  return records.map(({ id }) => versions.isSuperseded(id))
}

test.each(['0', '1', '2', '3'])('the newest by the microsecond replaces the others, whatever came first (%s)', seed => {
  const records = [version(0), version(0, 5), version(0, 40), version(-1, 999_999)]
  const versions = new Versions(seededRng(seed).sample(records, 4).map(outlineOf))
  expect(superseded(versions, records)).toEqual([true, true, false, true])
})

test('of equal stamps the lowest id is current', () => {
  const records = [0, 1, 2, 3].map(number => version(0, 7, { content: `${number}` }))
  records.sort((one, other) => (one.id < other.id ? -1 : 1))
  const expected = [false, true, true, true]
  expect(superseded(new Versions(records.map(outlineOf)), records)).toEqual(expected)
  expect(superseded(new Versions(records.toReversed().map(outlineOf)), records)).toEqual(expected)
})

test('authors, keys and plain records are apart', () => {
  const records = [version(0), version(1, 0, { name: 'other' }), version(2, 0, { author: 2 }), makeRecord(1)]
  const versions = new Versions(records.map(outlineOf))
  expect(superseded(versions, records)).toEqual([false, false, false, false])
  expect(versions.current(records)).toEqual(records)
})

test('the version before is current again when the newest goes, and what grew old goes', () => {
  const records = [version(0), version(1), version(2)]
  const versions = new Versions(records.map(outlineOf))
  for (const record of records.slice(2)) for (let twice = 0; twice < 2; twice++) versions.remove(record.id)
  expect(superseded(versions, records.slice(0, 2))).toEqual([true, false])
  versions.removeBefore(START + 1)
  expect(superseded(versions, records)).toEqual([false, false, false])
})

test('versions that a store gives before the room is told of them replace others at once', () => {
  const [newest, newer, older, other] = [version(4), version(3), version(2), version(1, 0, { name: 'other' })]
  const versions = new Versions([older].map(outlineOf))
  expect(versions.current([newest, newer, older, other])).toEqual([newest, other])
  expect(versions.current([older, other])).toEqual([older, other])
})

const { epochs } = vectors
const [NEWER, OLDER] = epochs.secrets.map(
  secret => new Seal(hexToBytes(secret) as Secret, vectors.room as RoomTag),
) as [Seal, Seal]

test.each([
  ['both', new Seals(NEWER, OLDER), epochs.both],
  ['the older', new Seals(OLDER), epochs.older],
])('who has %s of several secrets sees one version of a key, whichever sealed it', (_, seals, current) => {
  const envelopes = epochs.events.map(recordOf)
  const opened = envelopes.map(record => openRecord(seals, record))
  const ids = (records: readonly Record[]) => records.map(({ id }) => id)
  const met = new Versions(envelopes.map(outlineOf))
  const known = [new Versions(), met, new Versions(envelopes.filter((_, place) => place % 2 === 0).map(outlineOf))]
  for (const versions of known) expect(ids(versions.current(opened))).toEqual(current)
  expect(ids(opened.filter(({ id }) => !met.isSuperseded(id)))).toEqual(current)
  for (const { id } of opened) met.remove(id)
  expect(ids(met.current(opened))).toEqual(current)
})

test('versions that have not met are current each under its own address, and they meet as they come', () => {
  const seals = new Seals(NEWER, OLDER)
  const [old, now, between] = epochs.events.slice(0, 3).map(event => openRecord(seals, recordOf(event))) as [
    Record,
    Record,
    Record,
  ]
  const versions = new Versions([old, now].map(outlineOf))
  expect(superseded(versions, [old, now])).toEqual([false, false])
  versions.meet([now])
  expect(superseded(versions, [old, now])).toEqual([true, false])
  versions.add(outlineOf(between))
  versions.meet([between])
  expect(superseded(versions, [old, now, between])).toEqual([true, false, true])
  versions.remove(now.id)
  expect(superseded(versions, [old, between])).toEqual([true, false])
})
