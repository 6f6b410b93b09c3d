/**
 * The visitor's own key, kept between visits: sealed under a passphrase (NIP-49), by a passkey or by both, in a database
 * of its own.
 *
 * A browser has one vault for each site, with one key in it. Whose key it is can be read while it is locked.
 */

import { hexToBytes } from '@noble/hashes/utils.js'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { systemRng } from '../adapters/system.ts'
import { type PublicKey, SecretKey } from '../core/keys.ts'
import { isPointer } from '../core/nip19.ts'
import type { Rng } from '../core/rng.ts'
import { ConfigError, StoreError } from '../errors.ts'
import type { Wrapped } from './passkey.ts'

export const IDENTITY_DATABASE = 'peerset-identity'
export const PASSPHRASE_CHARACTERS_MIN = 8

/** What opens a vault. */
export type Lock = 'passphrase' | 'passkey'

/** The key as it rests, under at least one lock. */
interface Sealed {
  readonly publicKey: PublicKey
  /** As NIP-49 writes it: `ncryptsec1…`. */
  readonly ncryptsec?: string
  readonly passkey?: Wrapped
}

interface Schema extends DBSchema {
  /** The one key, under the name `own`. */
  keys: { key: string; value: Sealed }
}

/** What a vault works with. */
export interface VaultOptions {
  /** Draws keys, salts and nonces; the system's unless a test says otherwise. */
  readonly rng?: Rng
  /** 2^*logN* rounds of scrypt seal a key; 16 unless a test is in a hurry. */
  readonly logN?: number
}

/** Keeps the visitor's key. Every method may be refused with a StoreError: the browser keeps nothing here. */
export class Vault {
  readonly #rng: Rng
  readonly #seal: { readonly logN?: number }

  constructor({ rng = systemRng(), logN }: VaultOptions = {}) {
    this.#rng = rng
    this.#seal = logN === undefined ? {} : { logN }
  }

  /** Say whose key is here; null when there is none. */
  async owner(): Promise<PublicKey | null> {
    return (await this.#read())?.publicKey ?? null
  }

  /** Say what opens the key that is here: either of them does; nothing when there is none. */
  async locks(): Promise<readonly Lock[]> {
    const held = await this.#read()
    return [...(held?.ncryptsec ? ['passphrase' as const] : []), ...(held?.passkey ? ['passkey' as const] : [])]
  }

  /** Draw a new key, keep it under *passphrase*, and give it; refused as `keep` is. */
  async create(passphrase: string): Promise<SecretKey> {
    const key = SecretKey.generate(this.#rng)
    await this.keep(key, passphrase)
    return key
  }

  /**
   * Keep the key that *text* holds and give it: nsec text (NIP-19), ncryptsec text (NIP-49) under this *passphrase*, 64
   * hexadecimal digits, or words (NIP-06).
   *
   * Refused with a ConfigError when the text is none of these, and as `keep` is.
   */
  async import(text: string, passphrase: string): Promise<SecretKey> {
    const key = await read(text.trim(), passphrase)
    await this.keep(key, passphrase)
    return key
  }

  /**
   * Keep *key* under *passphrase*.
   *
   * Refused with a ConfigError when the passphrase is shorter than 8 characters, or when another key is here: it must
   * be forgotten first, so that none is lost by mistake.
   */
  async keep(key: SecretKey, passphrase: string): Promise<void> {
    const ncryptsec = await this.#sealed(key, passphrase)
    await within(async db => {
      // One transaction: of two tabs that keep a key at once, one is told.
      const transaction = db.transaction('keys', 'readwrite')
      const held = await transaction.store.get('own')
      if (held === undefined) await transaction.store.put({ publicKey: key.publicKey, ncryptsec }, 'own')
      await transaction.done
      if (held !== undefined) throw new ConfigError('this browser keeps a key already: forget that one first')
    })
  }

  /** Give the key; refused with a ConfigError when there is none, or *passphrase* does not open it. */
  async unlock(passphrase: string): Promise<SecretKey> {
    const { publicKey, ncryptsec } = await this.#held()
    if (ncryptsec === undefined) throw new ConfigError('no passphrase opens this key: its passkey does')
    return checked(await unseal(ncryptsec, passphrase), publicKey)
  }

  /** Ask for the passkey and give the key; refused with a ConfigError that says why. */
  async unlockByPasskey(): Promise<SecretKey> {
    const { publicKey, passkey } = await this.#held()
    if (passkey === undefined) throw new ConfigError('no passkey opens this key: its passphrase does')
    const { unwrap } = await import('./passkey.ts')
    return checked(await unwrap(passkey, publicKey, this.#rng), publicKey)
  }

  /**
   * Make a passkey that opens the key, too: *key* is the one that is kept here. An older passkey opens it no more.
   *
   * Refused with a ConfigError that says why, and then nothing has changed.
   */
  async addPasskey(key: SecretKey): Promise<void> {
    checked(key, (await this.#held()).publicKey)
    const { wrap } = await import('./passkey.ts')
    const passkey = await wrap(key, this.#rng)
    await change(key.publicKey, held => ({ ...held, passkey }))
  }

  /** Let *passphrase* open the key, too, in place of an older one; refused with a ConfigError when it is too short. */
  async setPassphrase(key: SecretKey, passphrase: string): Promise<void> {
    checked(key, (await this.#held()).publicKey)
    const ncryptsec = await this.#sealed(key, passphrase)
    await change(key.publicKey, held => ({ ...held, ncryptsec }))
  }

  /**
   * Let the passphrase open the key no more: the passkey alone does, which is asked for first.
   *
   * Refused with a ConfigError unless it opens what is kept here, and then nothing has changed.
   */
  async dropPassphrase(): Promise<void> {
    const { passkey } = await this.#held()
    const { publicKey } = await this.unlockByPasskey()
    await change(publicKey, held => {
      // Another tab may have made another passkey, which nobody has tried.
      if (String(held.passkey?.sealed) !== String(passkey?.sealed)) throw new ConfigError(CHANGED)
      return { publicKey, ...(held.passkey && { passkey: held.passkey }) }
    })
  }

  /** Let the passkey open the key no more; refused with a ConfigError when no passphrase does. */
  async dropPasskey(): Promise<void> {
    await change((await this.#held()).publicKey, ({ publicKey, ncryptsec }) => {
      if (ncryptsec === undefined) throw new ConfigError('the passkey alone opens this key: set a passphrase first')
      return { publicKey, ncryptsec }
    })
  }

  /** Give the key as ncryptsec text, still sealed; refused with a ConfigError when there is none, or no passphrase. */
  async export(): Promise<string> {
    const { ncryptsec } = await this.#held()
    if (ncryptsec === undefined) throw new ConfigError('no passphrase seals this key: set one first')
    return ncryptsec
  }

  /** Destroy the key in this browser; harmless when there is none. */
  async forget(): Promise<void> {
    await within(db => db.delete('keys', 'own'))
  }

  async #sealed(key: SecretKey, passphrase: string): Promise<string> {
    if ([...passphrase].length < PASSPHRASE_CHARACTERS_MIN) {
      throw new ConfigError(`a passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters`)
    }
    const nip49 = await import('../core/nip49.ts')
    const salt = this.#rng.randomBytes(nip49.SALT_BYTES)
    const nonce = this.#rng.randomBytes(nip49.NONCE_BYTES)
    return await nip49.sealKey(key, passphrase, { salt, nonce, ...this.#seal })
  }

  async #held(): Promise<Sealed> {
    const held = await this.#read()
    if (held === undefined) throw new ConfigError('this browser keeps no key yet')
    return held
  }

  #read(): Promise<Sealed | undefined> {
    return within(db => db.get('keys', 'own'))
  }
}

const CHANGED = 'the key in this browser was changed meanwhile: try again'

/** Give *key* if it is the one of *owner*; throws ConfigError. */
function checked(key: SecretKey, owner: PublicKey): SecretKey {
  if (key.publicKey !== owner) throw new ConfigError('that is not the key that this browser keeps')
  return key
}

/** Put what *changed* makes of the key of *owner* in its place, at once or not at all. */
async function change(owner: PublicKey, changed: (held: Sealed) => Sealed): Promise<void> {
  await within(async db => {
    const transaction = db.transaction('keys', 'readwrite')
    const held = await transaction.store.get('own')
    if (held?.publicKey !== owner) throw new ConfigError(CHANGED)
    await transaction.store.put(changed(held), 'own')
    await transaction.done
  })
}

/** Read a key however another program wrote it. */
async function read(text: string, passphrase: string): Promise<SecretKey> {
  if (text.toLowerCase().startsWith('ncryptsec1')) return await unseal(text, passphrase)
  if (/\s/u.test(text)) return await (await import('../core/nip06.ts')).keyOfWords(text)
  if (HEX.test(text)) return new SecretKey(hexToBytes(text))
  if (isPointer(text)) {
    throw new ConfigError('that is a public key, or the name of a record; the nsec1... of the secret key is wanted')
  }
  return SecretKey.fromNsec(text)
}

const HEX = /^[0-9a-f]{64}$/i

async function unseal(ncryptsec: string, passphrase: string): Promise<SecretKey> {
  const { unsealKey } = await import('../core/nip49.ts')
  return await unsealKey(ncryptsec, passphrase)
}

/** Do *work* with the database, which is open no longer than that: no other tab ever waits for this one. */
async function within<T>(work: (db: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
  try {
    const db = await openDB<Schema>(IDENTITY_DATABASE, 1, { upgrade: fresh => fresh.createObjectStore('keys') })
    return await work(db).finally(() => db.close())
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StoreError(`this browser keeps no keys here: ${reason}`, { cause: error })
  }
}
