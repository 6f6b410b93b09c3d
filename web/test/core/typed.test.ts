import { expect, test } from 'vitest'
import { encode } from '../../src/core/bech32.ts'
import type { Entry } from '../../src/core/block.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { RETENTION_SECONDS_MAX } from '../../src/core/limits.ts'
import { encodeNip19, type Pointer } from '../../src/core/nip19.ts'
import { type RecordId, signRecord } from '../../src/core/record.ts'
import {
  findId,
  nameOf,
  readAuthor,
  readId,
  readPhases,
  readRetention,
  readWholeId,
  requireId,
  shown,
} from '../../src/core/typed.ts'
import { ConfigError } from '../../src/errors.ts'
import { readSubject } from '../../src/moderation/bans.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(1))
const NSEC = KEY.toNsec()

test.each([NSEC, NSEC.toUpperCase(), `  ${NSEC}\n`, `ncryptsec1${'q'.repeat(60)}`, `nostr:${NSEC}`])(
  'no error repeats a secret key: %#',
  secret => {
    for (const read of [readAuthor, readId, readSubject]) {
      let message = ''
      try {
        read(secret)
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        message = (error as Error).message
      }
      expect(message).toContain('a secret key')
      expect(message.toLowerCase()).not.toContain(secret.trim().toLowerCase().slice(5, 20))
    }
  },
)

test.each([
  ['text', '"text"'],
  [Number.NaN, 'NaN'],
  [5n, '5n'],
  [null, 'null'],
  [undefined, 'undefined'],
  [{ a: 1 }, 'a value of type object'],
  [Symbol('x'), 'Symbol(x)'],
])('what cannot be meant is named: %#', (value, text) => {
  expect(shown(value)).toBe(text)
})

test('what is shown is short', () => {
  expect(shown('x'.repeat(1_000))).toHaveLength(80)
})

test('a key is the same however it is written', () => {
  const written = [KEY, KEY.publicKey, KEY.publicKey.toUpperCase(), npub(KEY.publicKey), ` ${npub(KEY.publicKey)} `]
  for (const each of written) {
    expect(readAuthor(each)).toBe(KEY.publicKey)
    expect(readSubject(each)).toBe(KEY.publicKey)
  }
})

test.each(['', 'me', 'npub1nonsense', 'ff'.repeat(32), 7, null, {}, 5n])('what is no key is refused: %#', value => {
  expect(() => readAuthor(value)).toThrow(ConfigError)
  expect(() => readSubject(value)).toThrow(ConfigError)
})

test.each(['192.0.2.1', '2001:db8::1'])('a ban may be about an address: %s', address => {
  expect(readSubject(address)).toBe(address)
})

test('an id is read however it is written', () => {
  const record = signRecord(KEY, { createdAt: 1_000 as UnixTime, kind: 1_078, tags: [], content: '' })
  const note = encode('note', Uint8Array.from(Buffer.from(record.id, 'hex')))
  for (const each of [record, record.id, record.id.toUpperCase(), ` ${record.id} `, note, note.toUpperCase()]) {
    expect(readId(each)).toBe(record.id)
    expect(readWholeId(each)).toBe(record.id)
  }
  expect(readId('3F2A')).toBe('3f2a')
})

test.each(['', 'abc', 'g'.repeat(64), 'a'.repeat(65), 'note1nonsense', 7, null, {}, 5n])(
  'what is no id is refused: %#',
  value => {
    expect(() => readId(value)).toThrow(ConfigError)
  },
)

test('texts of Nostr stand for keys and ids', () => {
  const { id } = signRecord(KEY, { createdAt: 1_000 as UnixTime, kind: 1_078, tags: [], content: '' })
  const relays = ['wss://relay.example']
  const author: Pointer = { type: 'profile', author: KEY.publicKey, relays }
  const event: Pointer = { type: 'event', id, relays, author: KEY.publicKey, kind: 1_078 }
  const address: Pointer = { type: 'address', kind: 30_023, author: KEY.publicKey, key: 'how-to', relays: [] }
  for (const each of [author, encodeNip19(author), ` nostr:${npub(KEY.publicKey)}`, `NOSTR:${encodeNip19(author)}\n`]) {
    expect(readAuthor(each)).toBe(KEY.publicKey)
  }
  for (const each of [event, encodeNip19(event), `nostr:${encodeNip19(event)}`]) expect(readWholeId(each)).toBe(id)
  for (const each of [address, encodeNip19(address)]) expect(readId(each)).toEqual(address)
  expect(nameOf(encodeNip19(address))).toBe(`30023:${KEY.publicKey}:how-to`)
  expect(() => readAuthor(encodeNip19(event))).toThrow(/a key is wanted, .* names a record/)
  expect(() => readId(npub(KEY.publicKey))).toThrow(/a record is wanted, .* names an author/)
  expect(() => readWholeId(encodeNip19(address))).toThrow('the whole id is needed here')
})

test('first digits are no whole id, and find the one record that has them', async () => {
  expect(() => readWholeId('3f2a')).toThrow('the whole id is needed here')
  const ids = ['3f2a'.padEnd(64, '1'), '77'.padEnd(64, '0')] as const
  const store = { entries: async () => ids.map((id): Entry => [0, id as RecordId]), query: async () => [] }
  expect(await findId('3F2A', store)).toBe(ids[0])
  expect(await findId('3f2b', store)).toBeNull()
  expect(await findId('00'.repeat(32), store)).toBe('00'.repeat(32))
  expect(await requireId('7700', store)).toBe(ids[1])
  await expect(requireId('aaaa', store)).rejects.toThrow('there is no record aaaa here')
})

test.each([
  ['30d', 30 * 86_400],
  [' 2w ', 14 * 86_400],
  ['86400', 86_400],
  ['1h', 3_600],
  ['60m', 3_600],
  [86_400, 86_400],
  [null, RETENTION_SECONDS_MAX],
  ['forever', RETENTION_SECONDS_MAX],
])('the retention %j is %i s', (given, seconds) => {
  expect(readRetention(given)).toBe(seconds)
})

test.each([
  ['6h', 21_600],
  [' 90m ', 5_400],
  [3_600, 3_600],
  ['30d', 2_592_000],
])('the phases %j are %i s', (given, seconds) => {
  expect(readPhases(given)).toBe(seconds)
})

test.each(['', '6', '59m', 3_599, '31d', 'often', true, 3_600.5, null, undefined, ['x'], [3_600], ['6h'], 10n])(
  'phases that cannot be name what was given: %s',
  given => {
    expect(() => readPhases(given)).toThrow(`such as "6h", not ${shown(given)}`)
  },
)

test.each(['', '1', '59m', '3701d', 'ever', '-30d', '1y', 0, 3_599, 1e5 + 0.5, [3_600], ['1h'], {}, true])(
  'the retention %s is refused',
  given => {
    expect(() => readRetention(given)).toThrow(ConfigError)
  },
)
