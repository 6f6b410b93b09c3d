import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import type { UnixTime } from '../../../src/core/clock.ts'
import { SecretKey } from '../../../src/core/keys.ts'
import { eventOf, hasValidSignature, signRecord } from '../../../src/core/record.ts'
import { type Confirm, Pen, PenState } from '../../../src/elements/identity/pen.ts'
import { ConfigError } from '../../../src/errors.ts'
import { keySigner, type NostrExtension, type UnsignedEvent } from '../../../src/identity/signers.ts'
import { Vault } from '../../../src/identity/vault.ts'
import type { Draft } from '../../../src/ports.ts'

const DRAFT: Draft = { createdAt: 1_700_000_000 as UnixTime, kind: 1_078, tags: [], content: 'hello' }
const PASSPHRASE = 'correct horse'
const KEY = new SecretKey(new Uint8Array(32).fill(7))

function makePen(extension?: () => NostrExtension | undefined): Pen {
  return new Pen({ vault: new Vault({ logN: 4 }), extension: extension ?? (() => undefined) })
}

/** An extension, as NIP-07 says it behaves. */
const EXTENSION: NostrExtension = {
  getPublicKey: async () => KEY.publicKey,
  signEvent: async ({ created_at, kind, tags, content }: UnsignedEvent) =>
    eventOf(signRecord(KEY, { createdAt: created_at as UnixTime, kind, tags, content })),
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('a pen writes at once, with a key of its own', async () => {
  const [one, other] = [makePen(), makePen()]
  const record = await one.sign(DRAFT)
  expect(hasValidSignature(record)).toBe(true)
  expect(record.author).toBe(one.publicKey)
  expect(other.publicKey).not.toBe(one.publicKey)
})

test('a fresh key that is kept goes on writing, and is there at the next visit', async () => {
  const pen = makePen()
  const before = pen.publicKey
  await pen.keep(PASSPHRASE)
  expect([pen.identity, pen.state, pen.publicKey]).toEqual(['vault', PenState.READY, before])
  const later = makePen()
  await later.use('vault')
  expect([later.state, later.publicKey]).toEqual([PenState.LOCKED, before])
  await expect(later.sign(DRAFT)).rejects.toThrow('the key is locked')
  await later.unlock(PASSPHRASE)
  expect((await later.sign(DRAFT)).author).toBe(before)
})

test('an empty vault writes nothing until a key is created or brought in', async () => {
  const pen = makePen()
  await pen.use('vault')
  expect(pen.state).toBe(PenState.EMPTY)
  await expect(pen.sign(DRAFT)).rejects.toThrow('create or import one')
  await pen.import(KEY.toNsec(), PASSPHRASE)
  expect((await pen.sign(DRAFT)).author).toBe(KEY.publicKey)
  expect(await pen.export()).toMatch(/^ncryptsec1/)
})

test('a wrong passphrase leaves the vault locked', async () => {
  const pen = makePen()
  await pen.import(KEY.toNsec(), PASSPHRASE)
  await pen.logOut()
  await expect(pen.unlock('incorrect horse')).rejects.toThrow(ConfigError)
  expect([pen.state, pen.publicKey]).toEqual([PenState.LOCKED, KEY.publicKey])
})

test('a forgotten key writes no more', async () => {
  const pen = makePen()
  await pen.import(KEY.toNsec(), PASSPHRASE)
  await pen.forget()
  expect(pen.state).toBe(PenState.EMPTY)
  expect(pen.publicKey).not.toBe(KEY.publicKey)
})

test('an extension signs as its user', async () => {
  const pen = makePen(() => EXTENSION)
  await pen.use('extension')
  expect([pen.state, pen.publicKey]).toEqual([PenState.READY, KEY.publicKey])
  expect((await pen.sign(DRAFT)).author).toBe(KEY.publicKey)
  await pen.logOut()
  expect(pen.state).toBe(PenState.AWAY)
  await expect(pen.sign(DRAFT)).rejects.toThrow('nobody is logged in')
})

test('an extension that is missing, says no or gives nonsense logs nobody in', async () => {
  const refusing = { ...EXTENSION, getPublicKey: () => Promise.reject(new Error('user rejected')) }
  const lying = { ...EXTENSION, getPublicKey: async () => 'npub1' }
  const cases: [NostrExtension | undefined, string][] = [
    [undefined, 'no extension with Nostr keys'],
    [refusing, 'did not log in: user rejected'],
    [lying, 'no public key'],
    [{} as NostrExtension, 'did not log in'],
  ]
  for (const [extension, message] of cases) {
    const pen = makePen(() => extension)
    await expect(pen.use('extension')).rejects.toThrow(message)
    expect(pen.state).toBe(PenState.AWAY)
  }
})

test('of two identities asked for at once, the last one stays', async () => {
  let answer: ((key: string) => void) | undefined
  const slow = { ...EXTENSION, getPublicKey: () => new Promise<string>(resolve => (answer = resolve)) }
  const pen = makePen(() => slow)
  const first = pen.use('extension')
  await pen.use('ephemeral')
  const fresh = pen.publicKey
  await expect.poll(() => answer).toBeDefined()
  answer?.(KEY.publicKey)
  await first
  expect([pen.identity, pen.state, pen.publicKey]).toEqual(['ephemeral', PenState.READY, fresh])
})

test('what is signed is shown before, and nothing is signed when the visitor says no', async () => {
  const pen = makePen()
  const asked: unknown[] = []
  const answers = [false, true]
  const confirm: Confirm = async (draft, author) => {
    asked.push([draft, author])
    return answers.shift() === true
  }
  await expect(pen.sign(DRAFT, confirm)).rejects.toMatchObject({ name: 'AbortError' })
  await pen.sign(DRAFT, confirm)
  expect(asked).toEqual([
    [DRAFT, pen.publicKey],
    [DRAFT, pen.publicKey],
  ])
})

test('who watches is told of every change until they stop', async () => {
  const pen = makePen()
  const seen: PenState[] = []
  const stop = pen.watch(() => seen.push(pen.state))
  await pen.use('vault')
  stop()
  pen.renew()
  expect(seen).toEqual([PenState.OPENING, PenState.EMPTY])
})

test('a pen that the page gave its key keeps it, whatever is asked for', async () => {
  const pen = new Pen({ signer: keySigner(KEY) })
  expect([pen.identity, pen.state, pen.publicKey]).toEqual(['page', PenState.READY, KEY.publicKey])
  await expect(pen.use('vault')).rejects.toThrow('the page has given the key')
  expect((await pen.sign(DRAFT)).author).toBe(KEY.publicKey)
  expect(pen.another().publicKey).toBe(KEY.publicKey)
})

test('another pen has a fresh key, and of the vault only the name', async () => {
  const pen = makePen()
  expect(pen.another().publicKey).not.toBe(pen.publicKey)
  await pen.import(KEY.toNsec(), PASSPHRASE)
  const another = pen.another()
  await expect.poll(() => another.state).toBe(PenState.LOCKED)
  expect([another.identity, another.publicKey, pen.state]).toEqual(['vault', KEY.publicKey, PenState.READY])
})
