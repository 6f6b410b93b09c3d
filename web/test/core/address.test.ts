import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/addresses.json'
import { type Address, makeAddress, makeLink, parseAddress, publicOf } from '../../src/core/address.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { ADDRESS_CHARACTERS_MAX } from '../../src/core/limits.ts'
import type { RecordId } from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { ConfigError } from '../../src/errors.ts'
import { seededRng } from '../seeded.ts'

const LOBBY: Address = {
  app: 'peerset',
  room: 'lobby',
  target: null,
  signaling: [],
  phases: null,
  policies: [],
  retention: null,
  password: '',
  seals: [],
  grants: [],
}
const AUTHOR = new SecretKey(new Uint8Array(32).fill(1)).publicKey

test.each(vectors.addresses)('$written is read and written as in the vectors', ({ text, address, written, link }) => {
  expect(parseAddress(text)).toEqual(address)
  expect(makeAddress(address as Address)).toBe(written)
  expect(makeLink(address as Address, vectors.page)).toBe(link)
  expect(parseAddress(written)).toEqual(address)
  expect(parseAddress(link)).toEqual(address)
})

test.each(vectors.refusals)('what is no address is refused: $says, $text', ({ text, says }) => {
  expect(() => parseAddress(text)).toThrow(ConfigError)
  expect(() => parseAddress(text)).toThrow(says)
  const secret = /[#&?](?:seal|grant|password|author)=(?<secret>.{5,})/.exec(text)?.groups?.secret
  if (secret !== undefined) expect(() => parseAddress(text)).not.toThrow(secret)
})

test('an address of a megabyte is refused before it is looked at', () => {
  for (const text of ['x', ' ', '%', '#', '&a='].map(each => `peerset:peerset/lobby?${each.repeat(2 ** 20)}`)) {
    expect(() => parseAddress(text)).toThrow(`at most ${ADDRESS_CHARACTERS_MAX} characters`)
  }
  expect(() => parseAddress(null as unknown as string)).toThrow(ConfigError)
})

test('what nobody could read again is not written', () => {
  const refused: readonly [Partial<Address>, string][] = [
    [{ app: '' }, 'empty'],
    [{ password: 'a\n' }, 'no control characters'],
    [{ password: '\ud800' }, 'half of a surrogate pair'],
    [{ signaling: ['lan:', 'lan:'] }, 'twice'],
    [{ signaling: [''] }, 'an empty one'],
    [{ policies: ['command:rm'] }, 'cannot name the policy'],
    [{ phases: 60 }, 'from an hour'],
    [{ retention: 60 }, 'from an hour'],
    [{ seals: ['passphrase'] }, 'begins with seal1'],
    [{ seals: [vectors.addresses[7]?.address.seals[0]?.toUpperCase() ?? ''] }, 'lower case'],
    [{ grants: ['a b'] }, 'a grant is a text'],
    [{ target: { type: 'key', collection: 'c', key: '', author: null, at: null } }, '1 to 512 bytes'],
    [{ target: { type: 'file', collection: 'c', path: 'a/../b', author: null, at: null } }, 'none of them is empty'],
    [{ target: { type: 'file', collection: 'C', path: 'a', author: null, at: null } }, 'can be none'],
    [{ signaling: Array.from({ length: 16 }, (_, number) => `lan:${number}${'\u00fc'.repeat(200)}`) }, 'would have'],
  ]
  for (const [part, says] of refused) expect(() => makeAddress({ ...LOBBY, ...part })).toThrow(says)
  for (const page of ['chat.example', 'ftp://chat.example', 'https://chat.example/#a', 'https://chat.example/a b']) {
    expect(() => makeLink(LOBBY, page)).toThrow('a page has an address')
  }
})

test('the address of a sealed room names what who cannot read it can follow', () => {
  const ruled = { ...LOBBY, policies: ['words', 'kinds:allow=1078'] }
  const sealed = { ...ruled, seals: [(vectors.addresses[7] as { address: Address }).address.seals[0] as string] }
  expect(makeAddress(publicOf(sealed))).toBe('peerset:peerset/lobby?policy=kinds:allow=1078')
  expect(makeAddress(publicOf(ruled))).toBe(makeAddress(ruled))
  expect(parseAddress(makeAddress(sealed)).policies).toEqual(ruled.policies)
})

test('secrets go, and stand nowhere before the #', () => {
  const { address, written } = vectors.addresses[7] ?? { address: {}, written: '' }
  const [open = '', hidden = ''] = written.split('#')
  expect(makeAddress(publicOf(address as Address))).toBe(open)
  for (const name of ['seal1', 'password', 'grant']) {
    expect(open).not.toContain(name)
    expect(hidden).toContain(name)
  }
})

test('any address is read as it was written', () => {
  const rng = seededRng('addresses')
  for (let round = 0; round < 300; round += 1) {
    const address = drawn(rng)
    expect(parseAddress(makeAddress(address))).toEqual(address)
    expect(parseAddress(makeLink(address, 'https://chat.example/'))).toEqual(address)
  }
})

test('any text is read or refused', () => {
  const rng = seededRng('address texts')
  const pieces = [
    'peerset:',
    'a',
    '/',
    '?',
    '#',
    '&',
    '=',
    '%',
    '%20',
    'key',
    'file',
    'signaling',
    'seal',
    '\u00fc',
    '..',
  ]
  for (let round = 0; round < 2_000; round += 1) {
    const text = `peerset:a/b${Array.from({ length: 8 }, () => pieces[at(rng, pieces.length)]).join('')}`
    try {
      expect(parseAddress(makeAddress(parseAddress(text)))).toEqual(parseAddress(text))
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
    }
  }
})

function drawn(rng: Rng): Address {
  const text = () => String.fromCodePoint(...Array.from({ length: 1 + at(rng, 8) }, () => codePoint(rng)))
  const several = () => [...new Set(Array.from({ length: at(rng, 3) }, text))]
  const author = at(rng, 2) === 0 ? null : AUTHOR
  const id = 'ab'.repeat(32) as RecordId
  const targets: readonly Address['target'][] = [
    null,
    { type: 'record', id },
    { type: 'key', collection: 'places', key: text(), author, at: author && id },
    { type: 'file', collection: 'site', path: `${text().replaceAll('/', '.')}x/y`, author, at: author && id },
  ]
  return {
    ...LOBBY,
    app: text(),
    room: text(),
    target: targets[at(rng, 4)] ?? null,
    signaling: several(),
    password: text(),
    phases: at(rng, 2) === 0 ? null : 3_600 + at(rng, 100_000),
    retention: at(rng, 2) === 0 ? null : 86_400 + at(rng, 100_000),
  }
}

function codePoint(rng: Rng): number {
  const point = 0x20 + at(rng, [0x60, 0x300, 0x1_0f000][at(rng, 3)] ?? 1)
  return point >= 0xd800 && point < 0xe000 ? 0x2f : point
}

function at(rng: Rng, count: number): number {
  return new DataView(rng.randomBytes(4).buffer).getUint32(0) % count
}
