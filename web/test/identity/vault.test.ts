import 'fake-indexeddb/auto'
import { bytesToHex } from '@noble/hashes/utils.js'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, test } from 'vitest'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { PASSPHRASE_CHARACTERS_MIN, Vault } from '../../src/identity/vault.ts'

const PASSPHRASE = 'correct horse'
const KEY = new SecretKey(new Uint8Array(32).fill(7))
const FAST = { logN: 4 }

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test('a key that is kept is there at the next visit, and opens with its passphrase', async () => {
  const key = await new Vault(FAST).create(PASSPHRASE)
  const later = new Vault(FAST)
  expect(await later.owner()).toBe(key.publicKey)
  expect((await later.unlock(PASSPHRASE)).publicKey).toBe(key.publicKey)
})

test('an empty vault says so', async () => {
  const vault = new Vault(FAST)
  expect(await vault.owner()).toBeNull()
  await expect(vault.unlock(PASSPHRASE)).rejects.toThrow('this browser keeps no key yet')
  await expect(vault.export()).rejects.toThrow(ConfigError)
})

test('a wrong passphrase opens nothing and loses nothing', async () => {
  const vault = new Vault(FAST)
  const key = await vault.create(PASSPHRASE)
  await expect(vault.unlock('incorrect horse')).rejects.toThrow('wrong passphrase')
  expect((await vault.unlock(PASSPHRASE)).publicKey).toBe(key.publicKey)
})

test('nsec text is brought in, spaces around it or not', async () => {
  const vault = new Vault(FAST)
  await vault.import(` ${KEY.toNsec()}\n`, PASSPHRASE)
  expect(await vault.owner()).toBe(KEY.publicKey)
})

test('hex digits and words are brought in, too', async () => {
  const vault = new Vault(FAST)
  await vault.import(bytesToHex(KEY.secret).toUpperCase(), PASSPHRASE)
  expect(await vault.owner()).toBe(KEY.publicKey)
  await vault.forget()
  const words = 'leader monkey parrot ring guide accident before fence cannon height naive bean'
  await vault.import(` ${words}\n`, PASSPHRASE)
  expect(await vault.owner()).toBe('17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917')
})

test.each([
  [npub(KEY.publicKey), 'that is a public key'],
  [`nostr:${npub(KEY.publicKey)}`, 'that is a public key'],
  ['leader monkey', 'words of a key are 12'],
  ['f'.repeat(64), 'not below the order'],
  ['secret', 'nsec1'],
])('%s is no secret key', async (text, says) => {
  await expect(new Vault(FAST).import(text, PASSPHRASE)).rejects.toThrow(says)
})

test('what one browser exports, another brings in with the same passphrase', async () => {
  const vault = new Vault(FAST)
  await vault.keep(KEY, PASSPHRASE)
  const text = await vault.export()
  expect(text).toMatch(/^ncryptsec1/)
  globalThis.indexedDB = new IDBFactory()
  await expect(new Vault(FAST).import(text, 'incorrect horse')).rejects.toThrow('wrong passphrase')
  expect((await new Vault(FAST).import(text, PASSPHRASE)).publicKey).toBe(KEY.publicKey)
})

test('text that is no key is refused without being repeated', async () => {
  const secret = KEY.toNsec().slice(0, -1)
  const refused = new Vault(FAST).import(secret, PASSPHRASE)
  await expect(refused).rejects.toThrow(ConfigError)
  await refused.catch((error: Error) => expect(error.message).not.toContain(secret))
})

test('a second key does not take the place of the first', async () => {
  const vault = new Vault(FAST)
  await vault.keep(KEY, PASSPHRASE)
  await expect(vault.create(PASSPHRASE)).rejects.toThrow('forget that one first')
  expect(await vault.owner()).toBe(KEY.publicKey)
})

test('of two tabs that keep a key at once, one is told', async () => {
  const results = await Promise.allSettled([new Vault(FAST).create(PASSPHRASE), new Vault(FAST).create(PASSPHRASE)])
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a short passphrase is refused before anything is kept', async () => {
  const vault = new Vault(FAST)
  const short = 'é'.repeat(PASSPHRASE_CHARACTERS_MIN - 1)
  await expect(vault.create(short)).rejects.toThrow('at least 8 characters')
  expect(await vault.owner()).toBeNull()
  await vault.create(`${short}é`)
})

test('a forgotten key is gone, and forgetting twice does no harm', async () => {
  const vault = new Vault(FAST)
  await vault.create(PASSPHRASE)
  await vault.forget()
  await vault.forget()
  expect(await vault.owner()).toBeNull()
})

test('a browser without a database is told apart from an empty vault', async () => {
  // Private windows and sandboxed frames have none.
  Object.defineProperty(globalThis, 'indexedDB', { value: undefined, configurable: true, writable: true })
  await expect(new Vault(FAST).owner()).rejects.toThrow(StoreError)
})

test('nothing of the secret lies open in the database', async () => {
  const vault = new Vault(FAST)
  await vault.keep(KEY, PASSPHRASE)
  const request = indexedDB.open('peerset-identity')
  const db = await new Promise<IDBDatabase>(resolve => {
    request.onsuccess = () => resolve(request.result)
  })
  const reading = db.transaction('keys').objectStore('keys').getAll()
  const rows = await new Promise<unknown>(resolve => {
    reading.onsuccess = () => resolve(reading.result)
  })
  db.close()
  expect(JSON.stringify(rows)).not.toContain(KEY.toNsec())
  expect(JSON.stringify(rows)).not.toContain('07'.repeat(32))
})
