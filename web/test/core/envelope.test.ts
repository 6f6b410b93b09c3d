/** Sealed records, compared with those of Python. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { openRecord, sealBody } from '../../src/core/envelope.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { checkedIn, pinContent, pinTags } from '../../src/core/pin.ts'
import { decodeRecord, envelopeOf, eventOf, recordOf, shellOf, signRecord } from '../../src/core/record.ts'
import { Seal, Seals, type Secret } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { MalformedError } from '../../src/errors.ts'

const ROOM = vectors.room as RoomTag
const KEY = new SecretKey(hexToBytes(vectors.author))
const SEAL = new Seal(hexToBytes(vectors.secret) as Secret, ROOM)
const SEALS = sealsOf([vectors.secret])
const [VECTOR] = vectors.envelopes.filter(({ name }) => name === 'a version of a register')
const NONCE = new Uint8Array(24)

function sealsOf([newest = '', ...older]: readonly string[]): Seals {
  const seal = (secret: string) => new Seal(hexToBytes(secret) as Secret, ROOM)
  return new Seals(seal(newest), ...older.map(seal))
}

function fields(tags: readonly (readonly string[])[], content = '') {
  return { author: KEY.publicKey, createdAt: vectors.created_at as UnixTime, kind: 1_078, tags, content }
}

test.each(vectors.envelopes)('what Python sealed is opened, and sealed alike: $name', vector => {
  const envelope = decodeRecord(hexToBytes(vector.wire))
  expect(openRecord(SEALS, envelope)).toEqual({
    ...envelope,
    tags: vector.opened,
    content: vector.content,
    outside: envelope.tags,
  })
  const said = { ...fields(vector.tags, vector.content), kind: vector.event.kind }
  const body = sealBody(SEAL, said, hexToBytes(vector.nonce))
  expect(body).toEqual({ tags: vector.event.tags, content: vector.event.content })
  const { createdAt, kind } = said
  expect(bytesToHex(signRecord(KEY, { createdAt, kind, ...body }).wire)).toBe(vector.wire)
})

test.each(vectors.closed)('what does not open says why: $name', ({ event, secrets, why }) => {
  const record = recordOf(event)
  expect(openRecord(sealsOf(secrets), record)).toEqual({ ...record, unread: why })
})

test('a pin is read as it is, and what it holds opens', () => {
  const pin = recordOf(vectors.pin.event)
  expect(openRecord(SEALS, pin)).toBe(pin)
  const inside = openRecord(SEALS, checkedIn(pin))
  expect(inside).toMatchObject({ tags: vectors.pin.opened, content: vectors.pin.content })
  expect([pinTags(inside), pinContent(inside)]).toEqual([[['pin', inside.id]], pin.content])
})

test('what was opened is passed on, and written as an event, as it was signed', () => {
  const envelope = recordOf(VECTOR?.event)
  const opened = openRecord(SEALS, envelope)
  expect(envelopeOf(opened)).toEqual(envelope)
  expect(eventOf(opened)).toEqual(VECTOR?.event)
  expect(openRecord(SEALS, opened)).toBe(opened)
})

test('what does not open is passed on as it was signed', () => {
  const record = signRecord(KEY, fields([['h', ROOM]], 'in clear'))
  expect(envelopeOf(openRecord(SEALS, record))).toEqual(record)
  expect(envelopeOf(record)).toBe(record)
})

test('what was purged stays as it is', () => {
  const { id, author, createdAt, kind } = recordOf(VECTOR?.event)
  const shell = shellOf(id, author, createdAt, kind)
  expect(openRecord(SEALS, shell)).toBe(shell)
})

test('a tag of our own is none for the author of a sealed record', () => {
  expect(() =>
    sealBody(
      SEAL,
      fields([
        ['h', ROOM],
        ['sealed', 'x'],
      ]),
      NONCE,
    ),
  ).toThrow(MalformedError)
})

test('what no record may hold is not sealed', () => {
  expect(() => sealBody(SEAL, fields([['h', ROOM]], '\u0000'), NONCE)).toThrow(MalformedError)
  expect(() => sealBody(SEAL, fields(new Array(65).fill(['t', 'x'])), NONCE)).toThrow(MalformedError)
})

test('a text of any length opens again', () => {
  for (const length of [0, 1, 249, 250, 251, 252, 253, 9_000, 40_000]) {
    const { createdAt, kind, tags, content } = fields([['h', ROOM]], 'é'.repeat(Math.floor(length / 2)))
    const body = sealBody(SEAL, fields(tags, content), NONCE)
    const opened = openRecord(SEALS, signRecord(KEY, { createdAt, kind, ...body }))
    expect(opened).toMatchObject({ tags, content })
  }
})
