import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import type { UnixTime } from '../../../src/core/clock.ts'
import { SecretKey, verify } from '../../../src/core/keys.ts'
import { conversationKey } from '../../../src/core/nip44.ts'
import { type Author, Pen, PenState } from '../../../src/elements/identity/pen.ts'
import { Pens } from '../../../src/elements/identity/pens.ts'
import { ConfigError } from '../../../src/errors.ts'
import { keySigner } from '../../../src/identity/signers.ts'
import { Vault } from '../../../src/identity/vault.ts'
import type { Draft } from '../../../src/ports.ts'

const DRAFT: Draft = { createdAt: 1_700_000_000 as UnixTime, kind: 1_078, tags: [], content: 'hello' }
const ORDERS: readonly (readonly (Author | null)[])[] = [
  [null, 'vault'],
  ['vault', null],
  ['vault', 'vault'],
]

function makePen(): Pen {
  return new Pen({ vault: new Vault({ logN: 4 }), extension: () => undefined })
}

/** A pen with the key *number* of the page. */
function givenPen(number: number): Pen {
  return new Pen({ signer: keySigner(new SecretKey(new Uint8Array(32).fill(number))) })
}

/** An element's own pen, which writes as *claim* already. */
async function penOf(claim: Author | null): Promise<Pen> {
  const pen = makePen()
  if (claim !== null && claim !== 'page') await pen.use(claim)
  return pen
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('who comes into a room writes with the pen that is there, and whoever stays keeps it', () => {
  const pens = new Pens()
  const [one, other] = [makePen(), makePen()]
  const first = pens.take('lobby', { own: one, claim: null })
  const second = pens.take('lobby', { own: other, claim: null })
  expect([first.pen, second.pen]).toEqual([one, one])
  first.release()
  expect(pens.take('lobby', { own: makePen(), claim: null }).pen).toBe(one)
  expect(pens.take('garden', { own: other, claim: null }).pen).toBe(other)
})

test('a lease signs more than records where the key is here, and with confirm only what the visitor asked for', async () => {
  const lease = new Pens().take('lobby', { own: givenPen(5), claim: 'page' })
  const digest = new Uint8Array(32).fill(9)
  const { publicKey } = lease
  expect(verify(publicKey, digest, lease.signDigest?.(digest) ?? new Uint8Array())).toBe(true)
  lease.confirm = async () => true
  expect(() => lease.signDigest?.(digest)).toThrow('nothing is signed unseen')
  lease.isGranting = true
  expect(lease.signDigest?.(digest)).toHaveLength(64)
  const other = new SecretKey(new Uint8Array(32).fill(6))
  expect(await lease.converse?.(other.publicKey)).toEqual(conversationKey(other, publicKey))
})

test('who is not logged in, locked or signs elsewhere signs nothing but records', async () => {
  const pens = new Pens()
  const elsewhere = { publicKey: givenPen(5).publicKey, sign: () => Promise.reject(new Error('elsewhere')) }
  const away = makePen()
  await away.use('vault')
  expect(away.state).toBe(PenState.EMPTY)
  for (const [room, own] of [
    ['lobby', away],
    ['garden', new Pen({ signer: elsewhere })],
  ] as const) {
    const lease = pens.take(room, { own, claim: null })
    expect([lease.signDigest, lease.converse]).toEqual([undefined, undefined])
  }
})

test('the last one out takes the pen along, and leaves nothing', () => {
  const pens = new Pens()
  const own = makePen()
  pens.take('lobby', { own, claim: null }).release()
  expect(pens.take('garden', { own, claim: null }).pen).toBe(own)
  const later = makePen()
  expect(pens.take('lobby', { own: later, claim: null }).pen).toBe(later)
})

test('who leaves others behind writes elsewhere with another pen', () => {
  const pens = new Pens()
  const own = makePen()
  pens.take('lobby', { own, claim: null })
  const elsewhere = pens.take('garden', { own, claim: null })
  expect(elsewhere.pen).not.toBe(own)
  expect(elsewhere.publicKey).not.toBe(own.publicKey)
})

test.each(ORDERS)('what one says holds for all: %s, then %s', async (one, other) => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: await penOf(one), claim: one })
  const second = pens.take('lobby', { own: await penOf(other), claim: other })
  expect(second.pen).toBe(first.pen)
  await expect.poll(() => [first.pen.identity, first.pen.state]).toEqual(['vault', PenState.EMPTY])
})

test('an identity that is still being asked for is asked for again by all', async () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: makePen(), claim: null })
  const own = makePen()
  const asking = own.use('vault')
  pens.take('lobby', { own, claim: 'vault' })
  await asking
  await expect.poll(() => [first.pen.identity, first.pen.state]).toEqual(['vault', PenState.EMPTY])
})

test('whoever asks for an identity gets it, though a key of the page is left there by one that is gone', async () => {
  const pens = new Pens()
  const stays = pens.take('lobby', { own: makePen(), claim: null })
  pens.take('lobby', { own: givenPen(1), claim: 'page' }).release()
  const own = makePen()
  const asking = own.use('vault')
  pens.take('lobby', { own, claim: 'vault' })
  await asking
  await expect.poll(() => [stays.pen.identity, stays.pen.state]).toEqual(['vault', PenState.EMPTY])
  expect(stays.publicKey).not.toBe(givenPen(1).publicKey)
})

test('who says otherwise is refused with the reason, until those who said so are gone', async () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: await penOf('vault'), claim: 'vault' })
  const take = () => pens.take('lobby', { own: makePen(), claim: 'ephemeral' })
  expect(take).toThrow(ConfigError)
  expect(take).toThrow('in the room with identity "vault", and this one has identity "ephemeral"')
  first.release()
  expect(take().pen.identity).toBe('ephemeral')
})

test('a key of the page is shared by those who give the same one, or none', () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: makePen(), claim: null })
  const second = pens.take('lobby', { own: givenPen(1), claim: 'page' })
  expect(first.pen.publicKey).toBe(givenPen(1).publicKey)
  expect(pens.take('lobby', { own: givenPen(1), claim: 'page' }).pen).toBe(second.pen)
  const take = () => pens.take('lobby', { own: givenPen(2), claim: 'page' })
  expect(take).toThrow('in the room with a key, and this one has a key')
})

test('a key of the page goes with the last who has it, and the others write as they did before', async () => {
  const pens = new Pens()
  const own = await penOf('vault')
  const stays = pens.take('lobby', { own, claim: null })
  const [one, other] = [1, 1].map(number => pens.take('lobby', { own: givenPen(number), claim: 'page' }))
  one?.release()
  expect([stays.pen.identity, stays.publicKey]).toEqual(['page', givenPen(1).publicKey])
  if (other !== undefined) other.claim = null
  expect([stays.pen.identity, stays.pen.state, other?.publicKey]).toEqual(['vault', PenState.EMPTY, stays.publicKey])
  expect(stays.publicKey).not.toBe(givenPen(1).publicKey)
})

test('where a key of the page was the first, those who are left write with a fresh one', () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: givenPen(1), claim: 'page' })
  const stays = pens.take('lobby', { own: makePen(), claim: null })
  first.release()
  expect([stays.pen.identity, stays.publicKey === givenPen(1).publicKey]).toEqual(['ephemeral', false])
})

test('an element knows what others have said', () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: makePen(), claim: null })
  const second = pens.take('lobby', { own: makePen(), claim: 'ephemeral' })
  expect([first, second].map(lease => lease.isSaidByOthers('ephemeral'))).toEqual([true, false])
  second.release()
  expect(first.isSaidByOthers('ephemeral')).toBe(false)
})

test('only the element that wants to be asked is asked, and only while it is in the room', async () => {
  const pens = new Pens()
  const first = pens.take('lobby', { own: makePen(), claim: null })
  const second = pens.take('lobby', { own: makePen(), claim: null })
  first.confirm = async () => false
  await expect(first.sign(DRAFT)).rejects.toMatchObject({ name: 'AbortError' })
  expect((await second.sign(DRAFT)).author).toBe(first.publicKey)
  first.release()
  expect((await first.sign(DRAFT)).author).toBe(second.publicKey)
})
