import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/records.json'
import refusals from '../../../tests/vectors/refusals.json'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { INTEGER_MAX, KIND_MAX, RECORD_BYTES_MAX, TAG_VALUE_BYTES_MAX } from '../../src/core/limits.ts'
import { type Packable, pack } from '../../src/core/msgpack.ts'
import {
  canonicalJson,
  decodeRecord,
  eventOf,
  hashFields,
  hasValidSignature,
  isEphemeral,
  type Record,
  recordOf,
  roomTagOf,
  shellOf,
  signRecord,
  type Tags,
  tagValues,
} from '../../src/core/record.ts'
import { MalformedError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'
import { below, damaged, noise } from './damage.ts'

const KEY = new SecretKey(hexToBytes(vectors.secret_key))
const NOW = 1_790_000_000 as UnixTime
const ROOM = '00112233445566778899aabbccddeeff'
const ALL = [...vectors.records, ...vectors.foreign]

interface Parts {
  readonly tags?: Tags
  readonly content?: string
  readonly kind?: number
  readonly createdAt?: number
}

function sign({ tags = [], content = '', kind = 1_078, createdAt = NOW }: Parts = {}): Record {
  return signRecord(KEY, { createdAt: createdAt as UnixTime, kind, tags, content })
}

function eventIn({ id, pubkey, created_at, kind, tags, content, sig }: (typeof ALL)[number]) {
  return { id, pubkey, created_at, kind, tags, content, sig }
}

/** Read hostile *wire*, which must be a record in its one form or malformed. */
function read(wire: Uint8Array): void {
  try {
    const record = decodeRecord(wire)
    expect(recordOf(eventOf(record)).wire).toEqual(wire)
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError)
  }
}

test.each(vectors.records)('signing gives the record of the vector: $name', vector => {
  const record = sign({ ...vector, createdAt: vector.created_at })
  expect(bytesToHex(record.wire)).toBe(vector.wire)
  expect(eventOf(record)).toEqual(eventIn(vector))
})

test.each(ALL)('decoding the wire form gives the record of the vector: $id', vector => {
  const record = decodeRecord(hexToBytes(vector.wire))
  expect(eventOf(record)).toEqual(eventIn(vector))
  expect(hasValidSignature(record)).toBe(true)
})

test.each(ALL)('the canonical text is that of the vector: $id', vector => {
  expect(canonicalJson(decodeRecord(hexToBytes(vector.wire)))).toEqual(utf8ToBytes(vector.canonical))
})

test.each(ALL)('an event becomes the record it came from: $id', vector => {
  const record = recordOf(JSON.parse(JSON.stringify(eventIn(vector))))
  expect(bytesToHex(record.wire)).toBe(vector.wire)
  expect(record).toEqual(decodeRecord(record.wire))
})

test.each(refusals.wires)('a wire form that breaks a rule is refused: $name', vector => {
  const wire = hexToBytes(vector.wire)
  if (vector.reason === 'signature') {
    expect(hasValidSignature(decodeRecord(wire))).toBe(false)
  } else {
    expect(() => decodeRecord(wire)).toThrow(MalformedError)
  }
})

test.each(refusals.events)('an event that breaks a rule is refused: $name', vector => {
  expect(() => recordOf(JSON.parse(vector.event))).toThrow(MalformedError)
})

test.each([null, undefined, 1, 'text', [], {}, new Map()])(
  'what is no object of seven fields is no event: %s',
  event => {
    expect(() => recordOf(event)).toThrow('an event is an object of')
  },
)

test('members that relays and signers add are left out', () => {
  const record = sign({ content: 'text' })
  expect(recordOf({ ...eventOf(record), seenOn: ['wss://relay.example'], ots: 'x' })).toEqual(record)
})

test.each(['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'])(
  'an event that lacks a member is refused: %s',
  name => {
    const event = Object.fromEntries(Object.entries(eventOf(sign({ content: 'text' }))).filter(([key]) => key !== name))
    expect(() => recordOf(event)).toThrow('an event is an object of')
  },
)

test('every control character but tab and line ends is refused', () => {
  for (let code = 0; code < 32; code += 1) {
    const control = String.fromCharCode(code)
    if (!'\t\n\r'.includes(control)) {
      expect(() => sign({ content: control })).toThrow(
        `U+${code.toString(16).toUpperCase().padStart(4, '0')} in a text`,
      )
    }
  }
})

test('a lone surrogate cannot be signed, not even when the next text begins with its other half', () => {
  expect(() => sign({ content: '\ud83d' })).toThrow('U+D83D')
  expect(() => sign({ tags: [['c', '\ud83d']], content: '\ude00' })).toThrow('U+D83D')
  expect(sign({ content: '\ud83d\ude00' }).content).toBe('😀')
})

test('a byte order mark is kept', () => {
  const record = sign({ tags: [['c', '\ufeffx']], content: '\ufeff' })
  expect(decodeRecord(record.wire)).toEqual(record)
})

test('text that is not UTF-8 is refused', () => {
  const wire = sign({ content: 'x'.repeat(50) }).wire
  const start = wire.indexOf(0x78)
  for (const bytes of ['ff', 'c080', 'eda080', 'f4908080', 'e282']) {
    const broken = new Uint8Array(wire)
    broken.set(hexToBytes(bytes), start)
    expect(() => decodeRecord(broken)).toThrow('not a msgpack record')
  }
})

test('a tag given as one text is not taken apart', () => {
  const tags = JSON.parse('["topic"]')
  expect(() => sign({ tags })).toThrow('a tag must be an array')
})

test('a record does not change with the arrays it was made of', () => {
  const tags = [['c', 'notes']]
  const record = sign({ tags })
  tags[0]?.push('more')
  expect(record.tags).toEqual([['c', 'notes']])
})

test.each([-1, KIND_MAX + 1, 1.5, Number.NaN, JSON.parse('true')])('a kind out of range cannot be signed: %s', kind => {
  expect(() => sign({ kind })).toThrow('kind')
})

test.each([-1, INTEGER_MAX + 1, 1.5, Number.POSITIVE_INFINITY])(
  'a time out of range cannot be signed: %s',
  createdAt => {
    expect(() => sign({ createdAt })).toThrow('created_at')
  },
)

test.each([
  ['tags', new Array<string[]>(65).fill(['x'])],
  ['elements', [new Array<string>(17).fill('x')]],
  ['no element', [[]]],
  ['bytes', [['x', 'a'.repeat(TAG_VALUE_BYTES_MAX + 1)]]],
  ['bytes of other letters', [['x', 'é'.repeat(TAG_VALUE_BYTES_MAX / 2 + 1)]]],
  ['bytes of astral letters', [['x', '😀'.repeat(TAG_VALUE_BYTES_MAX / 4 + 1)]]],
])('tags past a limit cannot be signed: %s', (_, tags) => {
  expect(() => sign({ tags })).toThrow(/at most 64|1 to 16|the limit is 1024/)
})

test('a tag value of exactly the largest size is accepted', () => {
  const tags = [['x', `${'€'.repeat(341)}a`]]
  expect(decodeRecord(sign({ tags }).wire).tags).toEqual(tags)
})

test('a record of exactly the largest size is accepted', () => {
  const rest = sign({ content: 'x'.repeat(60_000) }).wire.length - 60_000
  const record = sign({ content: 'x'.repeat(RECORD_BYTES_MAX - rest) })
  expect(record.wire).toHaveLength(RECORD_BYTES_MAX)
  expect(decodeRecord(record.wire)).toEqual(record)
})

test('a record one byte larger can neither be signed nor imported nor decoded', () => {
  const rest = sign({ content: 'x'.repeat(60_000) }).wire.length - 60_000
  const content = 'x'.repeat(RECORD_BYTES_MAX - rest + 1)
  const signed = sign()
  const wire = pack([hexToBytes(signed.author), NOW, 1_078, [], content, signed.signature])
  const id = hashFields({ ...signed, content })
  expect(() => sign({ content })).toThrow('65537 bytes')
  expect(() => decodeRecord(wire)).toThrow('65537 bytes')
  expect(() => recordOf({ ...eventOf(signed), content, id })).toThrow('65537 bytes')
})

test('nesting deeper than msgpack allows is refused', () => {
  expect(() => decodeRecord(new Uint8Array(RECORD_BYTES_MAX).fill(0x91))).toThrow('not a msgpack record')
})

test('the same fields give the same signature unless randomness is mixed in', () => {
  const fields = { createdAt: NOW, kind: 1_078, tags: [], content: '' }
  const mixed = signRecord(KEY, { ...fields, aux: new Uint8Array(32).fill(7) })
  expect(sign()).toEqual(sign())
  expect(mixed.id).toBe(sign().id)
  expect(mixed.signature).not.toEqual(sign().signature)
  expect(hasValidSignature(mixed)).toBe(true)
})

test('the first room tag names the room', () => {
  expect(
    roomTagOf(
      sign({
        tags: [
          ['c', 'x'],
          ['h', ROOM],
          ['h', 'f'.repeat(32)],
        ],
      }),
    ),
  ).toBe(ROOM)
  expect(roomTagOf(sign({ tags: [['c', 'x']] }))).toBeNull()
})

test.each([['h'], ['h', ROOM.toUpperCase()], ['h', ''], ['e', ROOM]])(
  'a tag %s that is not its hex is refused',
  (...tag) => {
    expect(() => sign({ tags: [tag] })).toThrow('lower-case hexadecimal digits')
  },
)

test('tag values skip tags without a value', () => {
  expect(tagValues(sign({ tags: [['c'], ['c', 'a', 'b'], ['d', 'x'], ['c', '']] }), 'c')).toEqual(['a', ''])
})

test('kinds from 20000 to 29999 are ephemeral', () => {
  const kinds = [19_999, 20_000, 29_999, 30_000]
  expect(kinds.map(kind => isEphemeral(sign({ kind })))).toEqual([false, true, true, false])
})

test('a shell keeps what the order of records needs', () => {
  const { id, author, createdAt, kind } = sign({ content: 'gone' })
  expect(shellOf(id, author, createdAt, kind)).toMatchObject({ id, author, createdAt, kind, tags: [], content: '' })
})

test('any bytes are a record or malformed', () => {
  const rng = seededRng('any bytes')
  for (let run = 0; run < 3_000; run += 1) {
    read(noise(rng, 200))
  }
})

test('a damaged record is another record or malformed', () => {
  const rng = seededRng('damaged records')
  const wires = ALL.map(vector => hexToBytes(vector.wire)).filter(wire => wire.length < 2_000)
  for (let run = 0; run < 5_000; run += 1) {
    read(damaged(rng, wires[below(rng, wires.length - 1)] ?? new Uint8Array()))
  }
})

test('any values in any fields are a record or malformed', () => {
  const rng = seededRng('any values')
  const values: Packable[] = [
    0,
    1,
    INTEGER_MAX,
    true,
    'x',
    '\ufeff',
    noise(rng, 64),
    [],
    [[]],
    [['c']],
    [[['c']]],
    [1],
    [['h', 1]],
  ]
  const valid: Packable[] = [hexToBytes(KEY.publicKey), NOW, 1, [['c', 'x']], 'text', new Uint8Array(64)]
  for (let run = 0; run < 2_000; run += 1) {
    read(pack(valid.map(value => (below(rng, 2) ? value : (values[below(rng, values.length - 1)] ?? 0)))))
  }
})

test('any other value in an event is malformed', () => {
  const values = [-1, 1.5, Number.NaN, null, undefined, true, 'x', '\ud800', [1], [[]], [[null]], {}, Symbol('x'), 1n]
  for (const name of Object.keys(eventOf(sign()))) {
    for (const value of values) {
      expect(() => recordOf({ ...eventOf(sign()), [name]: value })).toThrow(MalformedError)
    }
  }
})
