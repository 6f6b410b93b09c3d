/**
 * The visitor's own key, kept between visits: sealed under a passphrase (NIP-49), in a database of its own.
 *
 * A browser has one vault for each site, with one key in it. Whose key it is can be read without the passphrase.
 */

import { hexToBytes } from '@noble/hashes/utils.js'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { systemRng } from '../adapters/system.ts'
import { type PublicKey, SecretKey } from '../core/keys.ts'
import { isPointer } from '../core/nip19.ts'
import type { Rng } from '../core/rng.ts'
import { ConfigError, StoreError } from '../errors.ts'

export const IDENTITY_DATABASE = 'peerset-identity'
export const PASSPHRASE_CHARACTERS_MIN = 8

/** The key as it rests. */
interface Sealed {
  readonly publicKey: PublicKey
  /** As NIP-49 writes it: `ncryptsec1…`. */
  readonly ncryptsec: string
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
    if ([...passphrase].length < PASSPHRASE_CHARACTERS_MIN) {
      throw new ConfigError(`a passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters`)
    }
    const nip49 = await import('../core/nip49.ts')
    const salt = this.#rng.randomBytes(nip49.SALT_BYTES)
    const nonce = this.#rng.randomBytes(nip49.NONCE_BYTES)
    const ncryptsec = await nip49.sealKey(key, passphrase, { salt, nonce, ...this.#seal })
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
    const key = await unseal(ncryptsec, passphrase)
    if (key.publicKey !== publicKey) throw new ConfigError('the key in this browser is damaged: forget it')
    return key
  }

  /** Give the key as ncryptsec text, still sealed; refused with a ConfigError when there is none. */
  async export(): Promise<string> {
    return (await this.#held()).ncryptsec
  }

  /** Destroy the key in this browser; harmless when there is none. */
  async forget(): Promise<void> {
    await within(db => db.delete('keys', 'own'))
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
