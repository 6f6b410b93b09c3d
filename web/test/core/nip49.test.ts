import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { decode, encode } from '../../src/core/bech32.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { sealKey, unsealKey } from '../../src/core/nip49.ts'
import { ConfigError } from '../../src/errors.ts'

const OFFICIAL =
  'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p'
const OFFICIAL_SECRET = '3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683'
/** What Python's seal_key writes of KEY, SALT and NONCE with one doubling of scrypt under the example of NIP-49. */
const OF_PYTHON =
  'ncryptsec1qgqsqqgzqvzq2ps8pqys5zcvp58q7qqpqgpsgpgxquyqjzstpsxsurcszyfpx9q4zcts9z7kgt7ewk5km48vfn3kzryna5vx94h3tt2qs8he3v9z8whn5w0k23t4wh5gyvv9k99zldn03xgmxgt95636'
/** Zero, sealed under "secret": no key of the curve. */
const OF_ZERO =
  'ncryptsec1qgqsqqgzqvzq2ps8pqys5zcvp58q7qqpqgpsgpgxquyqjzstpsxsurcszyfpx9q4zctsyp6ry3vxjcyp5ddksflpgh7c63v80t4uzlx9r3er7xuuqnm72awfjfuzm69v90zf0m7sv3c3wk234yqrz85d'
const KEY = new SecretKey(new Uint8Array(32).fill(1))
const SALT = Uint8Array.from({ length: 16 }, (_, place) => place)
const NONCE = Uint8Array.from({ length: 24 }, (_, place) => place)

function seal(passphrase: string): Promise<string> {
  return sealKey(KEY, passphrase, { salt: SALT, nonce: NONCE, logN: 1 })
}

/** Give *text* with the byte at *place* changed by *change*, and a right checksum. */
function altered(text: string, place: number, change: (byte: number) => number): string {
  const data = decode('ncryptsec', text, 91)
  data[place] = change(data[place] ?? 0)
  return encode('ncryptsec', data)
}

test('the official text opens with its passphrase', async () => {
  expect(bytesToHex((await unsealKey(OFFICIAL, 'nostr')).secret)).toBe(OFFICIAL_SECRET)
})

test('a key is sealed as the official text is but for the note on its past', async () => {
  const official = decode('ncryptsec', OFFICIAL, 91)
  const sealed = await sealKey(new SecretKey(hexToBytes(OFFICIAL_SECRET)), 'nostr', {
    salt: official.slice(2, 18),
    nonce: official.slice(18, 42),
  })
  // The note is authenticated, so the last 16 bytes differ too.
  expect(decode('ncryptsec', sealed, 91).slice(0, 42)).toEqual(official.slice(0, 42))
  expect(decode('ncryptsec', sealed, 91).slice(43, 75)).toEqual(official.slice(43, 75))
  expect(bytesToHex((await unsealKey(sealed, 'nostr')).secret)).toBe(OFFICIAL_SECRET)
})

test('a key is sealed as Python seals it, whatever the Unicode form of its passphrase', async () => {
  expect(await seal('\u212b\u2126\u1e9b\u0323')).toBe(OF_PYTHON)
  expect(await seal('\u00c5\u03a9\u1e69')).toBe(OF_PYTHON)
  expect((await unsealKey(OF_PYTHON, '\u00c5\u03a9\u1e69')).publicKey).toBe(KEY.publicKey)
})

test('a sealed key opens with its passphrase only', async () => {
  expect((await unsealKey(await seal('secret'), 'secret')).publicKey).toBe(KEY.publicKey)
  await expect(unsealKey(await seal('secret'), 'Secret')).rejects.toThrow('wrong passphrase')
})

test.each([0, 19, 22, 63, 255])('a text that asks for 2^%i rounds is refused before any is made', async logN => {
  await expect(
    unsealKey(
      altered(OFFICIAL, 1, () => logN),
      'nostr',
    ),
  ).rejects.toThrow('rounds of scrypt')
})

test.each([2, 17, 18, 41, 42, 43, 74, 75, 90])('byte %i of the text is authenticated', async place => {
  const damaged = altered(await seal('secret'), place, byte => byte ^ 1)
  await expect(unsealKey(damaged, 'secret')).rejects.toThrow('damaged')
})

test('another version is refused', async () => {
  await expect(
    unsealKey(
      altered(OFFICIAL, 0, () => 1),
      'nostr',
    ),
  ).rejects.toThrow('version 1')
})

test('a sealed zero is no key', async () => {
  await expect(unsealKey(OF_ZERO, 'secret')).rejects.toThrow('zero')
})

test.each(['', 'nsec1qqqq', OFFICIAL.slice(0, -1), `${OFFICIAL.slice(0, -1)}q`, `${OFFICIAL}q`])(
  'other texts are refused: %#',
  async text => {
    await expect(unsealKey(text, 'nostr')).rejects.toThrow(ConfigError)
  },
)

test.each(['', 'my secret \ud800'])(
  'an empty or broken passphrase is refused and not repeated: %#',
  async passphrase => {
    await expect(seal(passphrase)).rejects.toThrow('empty or has a lone surrogate')
    await expect(seal(passphrase)).rejects.not.toThrow('my secret')
  },
)

test.each([
  [15, 24],
  [16, 12],
])('salt and nonce have their sizes, not %i and %i', async (saltSize, nonceSize) => {
  const wrong = { salt: new Uint8Array(saltSize), nonce: new Uint8Array(nonceSize) }
  await expect(sealKey(KEY, 'secret', wrong)).rejects.toThrow('salt must be 16 bytes')
})
