/** Grants, compared with those of Python. */
import { hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/grants.json'
import type { UnixTime } from '../../src/core/clock.ts'
import {
  ALL,
  coversCollection,
  grantsIn,
  grantText,
  holdsAt,
  isGenuine,
  knownGrant,
  readGrant,
  signGrant,
  spokenFor,
  type Terms,
} from '../../src/core/grant.ts'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { recordOf, signRecord } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { MalformedError } from '../../src/errors.ts'

const [OWNER, WRITER] = [1, 3].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
const [ROOM, ATTIC] = ['00'.repeat(16), '01'.repeat(16)] as [RoomTag, RoomTag]
const TERMS: Terms = {
  writer: WRITER.publicKey,
  since: 1_790_000_000 as UnixTime,
  until: 1_790_086_400 as UnixTime,
  collections: ALL,
  isOnBehalf: false,
}

function record(grants: readonly string[], { room = ROOM, key = WRITER } = {}) {
  const tags = [['h', room], ...grants.map(each => ['grant', each])]
  return signRecord(key, { createdAt: TERMS.since, kind: 1_078, tags, content: '' })
}

test.each(vectors.grants)('a grant is signed and read as in Python: $name', vector => {
  const { secret_key, room, writer, since, until, collections, on_behalf: isOnBehalf, token } = vector
  const key = new SecretKey(hexToBytes(secret_key))
  const span = { since: since as UnixTime, until: until as UnixTime }
  const terms = { writer: writer as PublicKey, ...span, collections, isOnBehalf }
  const signed = signGrant(key, room as RoomTag, terms)
  expect(grantText(signed)).toBe(token)
  expect(readGrant(token)).toEqual(signed)
  expect([isGenuine(signed, room as RoomTag), isGenuine(signed, ROOM)]).toEqual([true, false])
})

test.each(vectors.cases)('a record speaks for whom its grant is by, if it is good: $name', ({ event, speaks_for }) => {
  expect(spokenFor(recordOf(event))).toBe(speaks_for)
})

test.each(vectors.refusals)('what is no token is refused: $name', ({ text }) => {
  expect(() => readGrant(text)).toThrow(MalformedError)
  expect(knownGrant(text, ROOM)).toBe(null)
})

test('a megabyte is refused by its length', () => {
  expect(() => readGrant('A'.repeat(2 ** 20))).toThrow('1048576 characters')
})

test('a grant covers its collections and its time', () => {
  const [some, every] = ['places notes', ALL].map(collections => signGrant(OWNER, ROOM, { ...TERMS, collections }))
  if (some === undefined || every === undefined) throw new Error('two were signed')
  const names = ['places', 'notes', 'place', '', null]
  expect(names.map(name => coversCollection(some, name))).toEqual([true, true, false, false, false])
  expect(['places', null].map(name => coversCollection(every, name))).toEqual([true, true])
  const times = [TERMS.since - 1, TERMS.since, TERMS.until, TERMS.until + 1]
  expect(times.map(at => holdsAt(some, at))).toEqual([false, true, true, false])
})

test('a record carries two grants and no more, and those alone that are for its author and room', () => {
  const [good, foreign] = [ROOM, ATTIC].map(room => grantText(signGrant(OWNER, room, TERMS))) as [string, string]
  const other = grantText(signGrant(OWNER, ROOM, { ...TERMS, collections: 'notes' }))
  expect(grantsIn(record([good, other])).map(grantText)).toEqual([good, other])
  expect(grantsIn(record([foreign, good])).map(grantText)).toEqual([good])
  const others = [[], [foreign, 'nonsense', good]].map(each => record(each))
  const elsewhere = [record([good], { key: OWNER }), record([good], { room: ATTIC })]
  expect([...others, ...elsewhere].flatMap(grantsIn)).toEqual([])
})

test.each<Partial<Terms>>([
  { collections: '' },
  { collections: 'two words ' },
  { collections: '* places' },
  { collections: 'a\n' },
  { collections: '\ud800' },
  { collections: 'a'.repeat(626) },
  { since: 2 as UnixTime, until: 1 as UnixTime },
  { since: -1 as UnixTime },
  { until: (2 ** 53) as UnixTime },
  { writer: 'ff'.repeat(32) as PublicKey },
])('what cannot be meant is not signed: %j', terms => {
  expect(() => signGrant(OWNER, ROOM, { ...TERMS, ...terms })).toThrow(MalformedError)
})
