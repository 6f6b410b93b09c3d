/** The page of `passkeys.test.ts`: a vault, as a program has it. */

import { SecretKey } from '../../src/core/keys.ts'
import { openVault } from '../../src/identity/signers.ts'
import { Vault } from '../../src/identity/vault.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const fast = new Vault({ logN: 4 })

const commands = {
  /** Keep the key under *passphrase*. */
  keep: (passphrase: string) => fast.keep(KEY, passphrase),
  addPasskey: () => told(async () => (await openVault()).addPasskey(KEY)),
  dropPassphrase: () => told(async () => (await openVault()).dropPassphrase()),
  dropPasskey: () => told(async () => (await openVault()).dropPasskey()),
  setPassphrase: (passphrase: string) => told(() => fast.setPassphrase(KEY, passphrase)),
  /** Open the vault by its passkey, or by *passphrase*, and give whose key it is, or why not. */
  unlock: (passphrase?: string) =>
    told(async () => (await (passphrase === undefined ? fast.unlockByPasskey() : fast.unlock(passphrase))).publicKey),
  locks: () => fast.locks(),
  export: () => told(() => fast.export()),
  forget: () => fast.forget(),
  /** Give all that the browser keeps, as text. */
  async kept(): Promise<string> {
    const opening = indexedDB.open('peerset-identity')
    const db = await answer(opening)
    const rows = await answer(db.transaction('keys').objectStore('keys').getAll())
    db.close()
    return JSON.stringify(rows, (_, value) => (value instanceof Uint8Array ? [...value] : value))
  },
  /** Turn a byte of what the passkey sealed. */
  async damage(): Promise<void> {
    const db = await answer(indexedDB.open('peerset-identity'))
    const store = db.transaction('keys', 'readwrite').objectStore('keys')
    const held = await answer(store.get('own'))
    held.passkey.sealed[0] ^= 1
    await answer(store.put(held, 'own'))
    db.close()
  },
  /** Work out nothing by a passkey, whatever was promised when it was made, as browsers do that know half of prf. */
  dull(): void {
    const results = { prf: { enabled: true } }
    PublicKeyCredential.prototype.getClientExtensionResults = () => results
  },
  /** Have no passkeys, as an older browser. */
  age: () => Object.assign(globalThis, { PublicKeyCredential: undefined }),
}

export type Commands = typeof commands

Object.assign(globalThis, { commands })

/** Give what *work* gives, or what it says when it is refused. */
async function told<T>(work: () => Promise<T>): Promise<T | string> {
  return await work().catch((error: Error) => `${error.name}: ${error.message}`)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
