/** Secrets of rooms, compared with what Python makes of them. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { SEALS_MAX } from '../../src/core/limits.ts'
import {
  checkSealTexts,
  isSealText,
  makeSeals,
  type Passphrase,
  readPassphrase,
  readSealText,
  Seal,
  type Secret,
  sealText,
} from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

const ROOM = vectors.room as RoomTag
const [FIRST, SECOND] = vectors.secrets.map(({ text }) => text) as [string, string]

const never = async (_: Passphrase): Promise<Uint8Array> => {
  throw new Error('nobody gave a passphrase')
}

test.each(vectors.secrets)('the keys of a secret are those of Python: $id', vector => {
  const seal = new Seal(hexToBytes(vector.secret) as Secret, vector.room as RoomTag)
  expect(seal.id).toBe(vector.id)
  expect(bytesToHex(seal.contentKey)).toBe(vector.content_key)
  expect(seal.hidden('c', 'places')).toBe(vector['c places'])
  expect(seal.hidden('d', 'places/berlin')).toBe(vector['d places/berlin'])
})

test.each(vectors.secrets)('a secret is written and read as in Python: $id', ({ text, secret }) => {
  expect(sealText(hexToBytes(secret))).toBe(text)
  for (const written of [text, text.toUpperCase(), ` ${text}\n`]) {
    expect(isSealText(written)).toBe(true)
    expect(bytesToHex(readSealText(written))).toBe(secret)
  }
})

test.each(vectors.refusals)(
  'a text that begins as a secret and is none is refused, and never a passphrase: $name',
  async ({ text }) => {
    expect(isSealText(text)).toBe(true)
    await expect(makeSeals([text], ROOM, never)).rejects.toThrow(ConfigError)
    const said = await makeSeals([text], ROOM, never).catch(error => String(error))
    if (text.length > 6) expect(said).not.toContain(text.slice(6, 20))
  },
)

test('passphrases are read alike where Python makes one secret of them, and otherwise where it does not', () => {
  // Each takes a second, so they are told apart by what goes in; what comes out is tried by test/adapters/deriving.test.ts.
  const read = vectors.passphrases.map(vector => {
    const { text, salt } = readPassphrase(vector.passphrase, vector.room as RoomTag)
    return `${bytesToHex(text)} ${bytesToHex(salt)}`
  })
  const secrets = vectors.passphrases.map(({ secret }) => secret)
  expect(read.map(each => read.indexOf(each))).toEqual(secrets.map(each => secrets.indexOf(each)))
  expect(new Set(secrets).size).toBeLessThan(secrets.length)
})

test.each(['', 'half a pair \ud800', 'x'.repeat(1_025)])('%j is no passphrase', async passphrase => {
  await expect(makeSeals([passphrase], ROOM, never)).rejects.toThrow(ConfigError)
})

test('a passphrase of a megabyte is refused and not repeated, and what counts is what Argon2id takes', async () => {
  for (const passphrase of ['x'.repeat(1_000_000), '\ufdfa'.repeat(70)]) {
    const said = await makeSeals([passphrase], ROOM, never).catch(String)
    expect(said).toMatch(/has (1000000|2310) bytes; at most 1024 go/)
    expect(said).not.toContain('xx')
  }
})

test('of several secrets the wrong one is told by its place, and not repeated', () => {
  const wrong = [FIRST, `${FIRST.slice(0, -1)}b`, FIRST]
  expect(() => checkSealTexts(wrong)).toThrow('secret 2 of 3: ')
  expect(() => checkSealTexts(wrong)).not.toThrow(FIRST.slice(5, 20))
})

test('a room has from one to sixteen secrets', () => {
  expect(() => checkSealTexts([])).toThrow(ConfigError)
  expect(() => checkSealTexts(new Array(SEALS_MAX + 1).fill(FIRST))).toThrow(ConfigError)
  checkSealTexts(new Array(SEALS_MAX).fill(FIRST))
})

test('the newest of several secrets comes first', async () => {
  const seals = await makeSeals([SECOND, FIRST], ROOM, never)
  const [first, second] = [FIRST, SECOND].map(text => new Seal(readSealText(text), ROOM)) as [Seal, Seal]
  expect(seals.newest.id).toBe(second.id)
  expect([...seals.byId.keys()]).toEqual([second.id, first.id])
  expect(seals.hidden('c', 'x')).toEqual([second.hidden('c', 'x'), first.hidden('c', 'x')])
})

test('neither a secret nor what is made of it is shown', () => {
  const seal = new Seal(readSealText(FIRST), ROOM)
  expect(JSON.stringify(seal)).not.toContain(bytesToHex(seal.contentKey))
  expect(Object.keys(seal).sort()).toEqual(['id', 'roomTag'])
})
