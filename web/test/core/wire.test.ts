import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/messages.json'
import {
  ANNOUNCE_IDS_MAX,
  FRAME_BYTES_MAX,
  IDS_PER_MESSAGE_MAX,
  INTEGER_MAX,
  MESSAGE_BYTES_MAX,
  REASON_BYTES_MAX,
  RECORD_BYTES_MAX,
  RECORDS_PER_MESSAGE_MAX,
} from '../../src/core/limits.ts'
import { GoodbyeReason, type Message } from '../../src/core/message.ts'
import { type Packable, pack } from '../../src/core/msgpack.ts'
import { decode, encode, LAYOUTS, tryDecode } from '../../src/core/wire.ts'
import { LocalProtocolError, WireError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { below, damaged, noise } from './damage.ts'

const SHORT_ID = '00'.repeat(8)
const LISTED_ID = '00'.repeat(5)

/** What each reason of a refused vector says. */
const REASONS = new Map([
  ['size', /^a message of .* bytes; the limit/],
  ['envelope', /begins with a type/],
  ['type', /^no message has type/],
  ['fields', /is an array of/],
  ['msgpack', /is broken msgpack$|not a byte string|not a whole number/],
  ['form', /shortest msgpack form/],
  ['value', /\.[a-z_]+: (not|a text with)/],
  ['packed', /\.[a-z_]+: /],
  ['limit', /limit/],
])

/** Write a message as the vectors do: Python's names, bytes in hex. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return bytesToHex(value)
  }
  if (Array.isArray(value)) {
    return value.map(plain)
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plainName(name), plain(inner)]))
  }
  return value
}

function plainName(name: string): string {
  return name === 'type' ? 'is' : name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** Decode hostile *data*, which must give a message with one form, or a WireError short enough to be sent. */
function read(data: Uint8Array): void {
  try {
    const message = decode(data)
    if (message.type !== 'Unknown') {
      expect(encode(message)).toEqual(data)
    }
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
    const detail = error instanceof WireError ? error.message : ''
    encode({ type: 'Goodbye', reason: GoodbyeReason.FAULT, detail })
  }
}

test.each(vectors.accepted)('an accepted vector is its message both ways: $name', vector => {
  const message = decode(hexToBytes(vector.hex))
  expect(plain(message)).toEqual(vector.message)
  expect(bytesToHex(encode(message))).toBe(vector.hex)
})

test.each(vectors.ignored)('an unknown extension is read as unknown: $name', vector => {
  expect(decode(hexToBytes(vector.hex))).toEqual({ type: 'Unknown', number: vector.type })
})

test.each(vectors.refused)('a refused vector is refused for its reason: $name', vector => {
  const data = concatBytes(hexToBytes(vector.hex), new Uint8Array(vector.zeros))
  expect(() => decode(data)).toThrow(WireError)
  expect(() => decode(data)).toThrow(REASONS.get(vector.reason))
})

test('every type has an accepted vector', () => {
  expect(new Set(vectors.accepted.map(vector => vector.message.is))).toEqual(
    new Set(Array.from(LAYOUTS.values(), layout => layout.kind)),
  )
})

const unsendable: readonly (readonly [Message, string])[] = [
  [{ type: 'Ping', token: 2 ** 32 }, 'cannot send this Ping: not a whole number'],
  [{ type: 'Ping', token: 0.5 }, 'not a whole number'],
  [{ type: 'Credit', round: 1, totalBytes: INTEGER_MAX + 1 }, 'not a whole number'],
  [{ type: 'Proof', signature: new Uint8Array(63) }, 'not a byte string of 64 bytes'],
  [{ type: 'Fin', round: 1, count: 1, digest: 'xy'.repeat(16) }, 'not a byte string of 16 bytes'],
  [{ type: 'Goodbye', reason: 1, detail: 'x'.repeat(REASON_BYTES_MAX + 1) }, 'limit is 256'],
  [{ type: 'Goodbye', reason: 1, detail: '\ud800' }, 'lone surrogate'],
  [{ type: 'Goodbye', reason: 1, detail: 'two\nlines' }, 'control characters'],
  [{ type: 'Want', round: 1, shortIds: new Array(IDS_PER_MESSAGE_MAX + 1).fill(LISTED_ID) }, 'limit of 8192'],
  [{ type: 'Want', round: 1, shortIds: ['00'] }, 'a short id is 5 bytes'],
  [{ type: 'Announce', prefixes: new Array(ANNOUNCE_IDS_MAX + 1).fill(SHORT_ID) }, 'limit of 64'],
  [
    { type: 'Records', round: 1, blobs: new Array(RECORDS_PER_MESSAGE_MAX + 1).fill(new Uint8Array()) },
    'limit of 1024',
  ],
  [{ type: 'Records', round: 1, blobs: [new Uint8Array(RECORD_BYTES_MAX + 1)] }, 'limit of 65536'],
  [
    { type: 'Records', round: 1, blobs: new Array(4).fill(new Uint8Array(RECORD_BYTES_MAX)) },
    `limit is ${MESSAGE_BYTES_MAX}`,
  ],
  [
    {
      type: 'Ranges',
      round: 1,
      more: false,
      items: [{ type: 'IdList', upper: [0, ''], shortIds: new Array(12_000).fill(LISTED_ID) }],
    },
    `limit is ${FRAME_BYTES_MAX}`,
  ],
  [{ type: 'Unknown', number: 64 }, 'Unknown is never sent'],
]

test.each(unsendable)('a message that no peer would accept is not encoded: %j', (message, reason) => {
  expect(() => encode(message)).toThrow(LocalProtocolError)
  expect(() => encode(message)).toThrow(reason)
})

const largest: readonly Message[] = [
  { type: 'Want', round: 1, shortIds: new Array(IDS_PER_MESSAGE_MAX).fill(LISTED_ID) },
  { type: 'Records', round: 1, blobs: new Array(RECORDS_PER_MESSAGE_MAX).fill(new Uint8Array()) },
  { type: 'Records', round: 1, blobs: new Array(3).fill(new Uint8Array(RECORD_BYTES_MAX)) },
  {
    type: 'Ranges',
    round: 1,
    more: true,
    items: [{ type: 'IdList', upper: [0, ''], shortIds: new Array(11_985).fill(LISTED_ID) }],
  },
  { type: 'Goodbye', reason: 1, detail: 'é'.repeat(REASON_BYTES_MAX / 2) },
]

test('the largest messages are accepted', () => {
  for (const message of largest) {
    expect(decode(encode(message))).toEqual(message)
  }
})

test('a record is copied out of its message, which would be kept in memory and stored with it', () => {
  const message = decode(encode({ type: 'Records', round: 0, blobs: [new Uint8Array(3), new Uint8Array(4)] }))
  expect(message.type === 'Records' && message.blobs.map(blob => blob.buffer.byteLength)).toEqual([3, 4])
})

test('any bytes give a message or a WireError', () => {
  const rng = seededRng('any bytes')
  for (let run = 0; run < 3_000; run += 1) {
    read(noise(rng, 100))
  }
})

test('any bytes behind a head give a message or a WireError', () => {
  const rng = seededRng('heads')
  for (let run = 0; run < 5_000; run += 1) {
    const number = below(rng, LAYOUTS.size - 2)
    const count = 1 + (LAYOUTS.get(number)?.fields.length ?? 0)
    read(concatBytes(Uint8Array.of(0x90 + count, number), noise(rng, 60)))
  }
})

test('any values in the fields give a message or a WireError', () => {
  const rng = seededRng('any values')
  const values: Packable[] = [
    0,
    1,
    2 ** 32,
    INTEGER_MAX,
    true,
    false,
    '',
    'x',
    '\x1b',
    [],
    [1],
    [new Uint8Array()],
    noise(rng, 64),
  ]
  for (let run = 0; run < 5_000; run += 1) {
    const number = below(rng, LAYOUTS.size - 2)
    const fields = LAYOUTS.get(number)?.fields.map(() => values[below(rng, values.length - 1)] ?? 0) ?? []
    read(pack([number, ...fields]))
  }
})

test('a damaged message gives a message or a WireError', () => {
  const rng = seededRng('damaged messages')
  const known = vectors.accepted.map(vector => hexToBytes(vector.hex))
  for (let run = 0; run < 5_000; run += 1) {
    read(damaged(rng, known[below(rng, known.length - 1)] ?? new Uint8Array()))
  }
})

test('a message cut off anywhere is refused', () => {
  for (const vector of vectors.accepted) {
    const whole = hexToBytes(vector.hex)
    for (let size = 0; size < Math.min(whole.length, 200); size += 1) {
      expect(() => decode(whole.subarray(0, size))).toThrow(WireError)
    }
  }
})

test.each([
  ['arrays of 65,536', '9202', 'dd00010000', 50_000],
  ['lists of lists', '930900dc0400', 'dc0400', 80_000],
  ['4 GiB of bytes', '9201c6ffffffff', '00', 250_000],
  ['4 GiB of text', '9201dbffffffff', '00', 250_000],
  ['lists of 2^53 ids', '940701c5ea00', '0080ffffffffffffff0f', 5_990],
])('hostile bytes cost no more than their length: %s', (_, head, unit, times) => {
  expect(() => decode(concatBytes(hexToBytes(head), hexToBytes(unit.repeat(times))))).toThrow(WireError)
})

test('what is no message can be asked for without a throw', () => {
  expect(tryDecode(encode({ type: 'Ping', token: 1 }))).toEqual({ type: 'Ping', token: 1 })
  expect(tryDecode(new Uint8Array(3))).toBeInstanceOf(WireError)
})
