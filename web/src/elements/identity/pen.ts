/** Who writes in this page: a fresh key, the key of the vault, or a browser extension, changed without leaving a room. */

import { systemRng } from '../../adapters/system.ts'
import { type PublicKey, SecretKey } from '../../core/keys.ts'
import type { Record } from '../../core/record.ts'
import type { Rng } from '../../core/rng.ts'
import { ConfigError } from '../../errors.ts'
import {
  type DigestSigner,
  extensionSigner,
  keySigner,
  type NostrExtension,
  openVault,
} from '../../identity/signers.ts'
import type { Lock, Vault } from '../../identity/vault.ts'
import type { Draft, Signer } from '../../ports.ts'

/** "ephemeral": a fresh key, gone with the page; "vault": kept in this browser; "extension": NIP-07 signs. */
export type Identity = 'ephemeral' | 'vault' | 'extension'

export const IDENTITIES: readonly Identity[] = ['ephemeral', 'vault', 'extension']

/** Who writes: an identity that the visitor can change, or "page", whose key is given by the page's script. */
export type Author = Identity | 'page'

/** Asks the visitor whether a draft may be signed. */
export type Confirm = (draft: Draft, author: PublicKey) => Promise<boolean>

/** Whether a pen can write, and if not, why. */
export const PenState = {
  /** It can write. */
  READY: 'ready',
  /** It asks the vault or the extension. */
  OPENING: 'opening',
  /** The vault has no key yet. */
  EMPTY: 'empty',
  /** The vault's key waits for its passphrase or passkey. */
  LOCKED: 'locked',
  /** The visitor is not logged in with the extension, or there is none. */
  AWAY: 'away',
} as const
export type PenState = (typeof PenState)[keyof typeof PenState]

/** What a pen works with. */
export interface PenOptions {
  readonly vault?: Vault
  readonly rng?: Rng
  /** Gives what a browser extension has put into the page, if any. */
  readonly extension?: () => NostrExtension | undefined
  /** Who signs, for a pen of the page's own. */
  readonly signer?: Signer
}

/** Signs as whoever is logged in. */
export class Pen implements Signer {
  readonly #options: PenOptions
  readonly #vault: () => Promise<Vault>
  readonly #rng: Rng
  readonly #extension: () => NostrExtension | undefined
  readonly #watchers = new Set<() => void>()
  #identity: Author
  #state: PenState = PenState.READY
  #key: SecretKey
  #signer: Signer
  #locks: readonly Lock[] = []
  /** Counts what the visitor asked for: an answer to an older question is dropped. */
  #turn = 0

  constructor(options: PenOptions = {}) {
    const { vault, rng = systemRng(), extension = pageExtension, signer } = options
    this.#options = options
    this.#rng = rng
    this.#vault = vault === undefined ? openVault : async () => vault
    this.#extension = extension
    this.#key = SecretKey.generate(rng)
    this.#signer = signer ?? keySigner(this.#key)
    this.#identity = signer === undefined ? 'ephemeral' : 'page'
  }

  /** The kind of identity that was asked for. */
  get identity(): Author {
    return this.#identity
  }

  /** Whether it can write, and if not, why. */
  get state(): PenState {
    return this.#state
  }

  /** Whose records are ours: known before a vault is unlocked. */
  get publicKey(): PublicKey {
    return this.#signer.publicKey
  }

  /** Signs more than records; null while it cannot write, and where the key is not in this page. */
  get digestSigner(): DigestSigner | null {
    const signer: Partial<DigestSigner> = this.#signer
    const isHere = signer.signDigest !== undefined && signer.converse !== undefined
    return isHere && this.#state === PenState.READY ? (signer as DigestSigner) : null
  }

  /** What opens the vault, once it was asked. */
  get locks(): readonly Lock[] {
    return this.#locks
  }

  /** A browser extension is there to log in with. */
  get hasExtension(): boolean {
    return this.#extension() !== undefined
  }

  /** Be told of every change; call what is given back to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Give a new pen that writes as the same identity, with a fresh key or a vault that is locked. */
  another(): Pen {
    const pen = new Pen(this.#options)
    if (this.#identity === 'page') pen.adopt(this)
    else pen.use(this.#identity).catch(() => {})
    return pen
  }

  /** Give another pen that writes as this one does now, with its key. */
  twin(): Pen {
    const pen = new Pen(this.#options)
    pen.adopt(this)
    return pen
  }

  /** Write as *other* does now. */
  adopt(other: Pen): void {
    this.#next()
    this.#identity = other.#identity
    this.#key = other.#key
    this.#signer = other.#signer
    this.#locks = other.#locks
    this.#enter(other.#state)
  }

  /** Write as *identity* from now on; refused when the vault or the extension cannot be used. */
  async use(identity: Identity): Promise<void> {
    if (this.#identity === 'page') throw new ConfigError('the page has given the key that is written with')
    this.#identity = identity
    if (identity === 'extension') return await this.logIn()
    if (identity === 'vault') return await this.#openVault()
    this.renew()
  }

  /** Write with another fresh key, gone with the page. */
  renew(): void {
    this.#identity = 'ephemeral'
    this.#hold(SecretKey.generate(this.#rng))
  }

  /** Keep the fresh key in the vault, under *passphrase*; draw one when the pen holds none. */
  async keep(passphrase: string): Promise<void> {
    const key = this.#identity === 'ephemeral' ? this.#key : SecretKey.generate(this.#rng)
    await (await this.#vault()).keep(key, passphrase)
    this.#keep(key)
  }

  /** Bring the key in *text* (nsec, ncryptsec, hex or words) into the vault, under *passphrase*. */
  async import(text: string, passphrase: string): Promise<void> {
    this.#keep(await (await this.#vault()).import(text, passphrase))
  }

  /** Open the vault, by its passkey when there is no *passphrase*; refused with a ConfigError when it does not open. */
  async unlock(passphrase?: string): Promise<void> {
    const turn = this.#next()
    const vault = await this.#vault()
    const key = await (passphrase === undefined ? vault.unlockByPasskey() : vault.unlock(passphrase))
    if (turn === this.#turn) this.#hold(key)
  }

  /** Have *change* change the locks of the vault, with the key that is in it; refused with a ConfigError as it is. */
  async relock(change: (vault: Vault, key: SecretKey) => Promise<void>): Promise<void> {
    const turn = this.#turn
    const vault = await this.#vault()
    await change(vault, this.#key)
    const locks = await vault.locks()
    if (turn !== this.#turn) return
    this.#locks = locks
    this.#enter(this.#state)
  }

  /** Give the vault's key as ncryptsec text, still sealed. */
  async export(): Promise<string> {
    return await (await this.#vault()).export()
  }

  /** Destroy the vault's key in this browser. */
  async forget(): Promise<void> {
    await (await this.#vault()).forget()
    if (this.#identity === 'vault') this.#away(PenState.EMPTY)
  }

  /** Ask the extension who the visitor is; refused with a ConfigError when there is none, or they say no. */
  async logIn(): Promise<void> {
    const turn = this.#next()
    this.#identity = 'extension'
    this.#away(PenState.OPENING)
    try {
      const extension = this.#extension()
      if (extension === undefined) throw new ConfigError('no extension with Nostr keys (NIP-07) is in this browser')
      const signer = await extensionSigner(extension)
      if (turn === this.#turn) this.#sign(signer)
    } catch (error) {
      if (turn === this.#turn) this.#away(PenState.AWAY)
      throw asConfigError(error, 'the extension did not log in')
    }
  }

  /** Forget the key in this page: the vault is locked, the extension is asked again, a fresh key is replaced. */
  async logOut(): Promise<void> {
    this.#next()
    if (this.#identity === 'ephemeral') return this.renew()
    if (this.#identity === 'vault') return await this.#openVault()
    this.#away(PenState.AWAY)
  }

  /**
   * Sign *draft* as whoever is logged in, once *confirm* grants it.
   *
   * Refused with a ConfigError when nobody is, and with a DOMException called AbortError when the visitor, asked, says
   * no.
   */
  async sign(draft: Draft, confirm: Confirm | null = null): Promise<Record> {
    const signer = this.#signer
    if (this.#state !== PenState.READY) throw new ConfigError(REFUSALS[this.#state])
    if (confirm !== null && !(await confirm(draft, signer.publicKey))) {
      throw new DOMException('not signed: the visitor said no', 'AbortError')
    }
    return await signer.sign(draft)
  }

  async #openVault(): Promise<void> {
    const turn = this.#next()
    this.#away(PenState.OPENING)
    try {
      const vault = await this.#vault()
      const owner = await vault.owner()
      if (turn !== this.#turn) return
      if (owner === null) return this.#away(PenState.EMPTY)
      const locks = await vault.locks()
      if (turn !== this.#turn) return
      this.#locks = locks
      this.#lock(owner)
    } catch (error) {
      if (turn === this.#turn) this.#away(PenState.EMPTY)
      throw error
    }
  }

  #next(): number {
    this.#turn += 1
    return this.#turn
  }

  /** Write with *key*, which is in the vault under a passphrase now. */
  #keep(key: SecretKey): void {
    this.#identity = 'vault'
    this.#locks = ['passphrase']
    this.#hold(key)
  }

  #hold(key: SecretKey): void {
    this.#next()
    this.#key = key
    this.#sign(keySigner(key))
  }

  #sign(signer: Signer): void {
    this.#signer = signer
    this.#enter(PenState.READY)
  }

  #lock(publicKey: PublicKey): void {
    this.#key = SecretKey.generate(this.#rng)
    this.#signer = { publicKey, sign: () => Promise.reject(new ConfigError(REFUSALS.locked)) }
    this.#enter(PenState.LOCKED)
  }

  /** Nobody is logged in: what the key before wrote is no longer ours. */
  #away(state: Exclude<PenState, 'ready' | 'locked'>): void {
    this.#key = SecretKey.generate(this.#rng)
    this.#signer = keySigner(this.#key)
    this.#enter(state)
  }

  #enter(state: PenState): void {
    this.#state = state
    for (const watcher of [...this.#watchers]) watcher()
  }
}

const REFUSALS: { readonly [state in Exclude<PenState, 'ready'>]: string } = {
  opening: 'the identity is still being opened',
  empty: 'there is no key to sign with yet: create or import one',
  locked: 'the key is locked: its passphrase or passkey opens it',
  away: 'nobody is logged in to sign: log in with the extension',
}

/** Give what an extension put into the page (NIP-07); its type is checked by who uses it. */
function pageExtension(): NostrExtension | undefined {
  return (globalThis as { readonly nostr?: NostrExtension }).nostr
}

function asConfigError(error: unknown, what: string): ConfigError {
  if (error instanceof ConfigError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new ConfigError(`${what}: ${reason}`, { cause: error })
}
