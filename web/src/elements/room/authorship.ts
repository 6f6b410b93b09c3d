/** As whom an element writes: with a pen of its own, until it is in a room where others of its page write too. */

import type { RoomName } from '../../core/signal.ts'
import { ConfigError } from '../../errors.ts'
import { holdSigner, isBunkerAddress, signerOf } from '../../identity/given.ts'
import type { RemoteSigner } from '../../identity/signers.ts'
import { type Author, type Confirm, IDENTITIES, type Identity, Pen } from '../identity/pen.ts'
import { type Lease, Pens } from '../identity/pens.ts'
import { keyFault, type Wishes } from './settings.ts'

/** The pens of this page, by room. */
const PENS = new Pens()

/** What decides as whom an element writes. */
export type Said = Pick<Wishes, 'identity' | 'options'>

/** Whom an authorship tells what happens. */
export interface AuthorshipListener {
  /** The pen is another one, or its key is. */
  readonly onChange: () => void
  /** The identity that was asked for cannot be had. */
  readonly onFailure: (error: Error) => void
}

/** Holds the pen of one element. */
export class Authorship {
  readonly #listener: AuthorshipListener
  #pen = new Pen()
  #stopWatching: () => void
  #said: Said = { identity: null, options: null }
  #lease: Lease | null = null
  #confirm: Confirm | null = null
  /** The signer elsewhere that the page names, while it is connected. */
  #remote: RemoteSigner | null = null

  constructor(listener: AuthorshipListener) {
    this.#listener = listener
    this.#stopWatching = this.#pen.watch(() => listener.onChange())
  }

  /** Who signs what is written here. */
  get pen(): Pen {
    return this.#pen
  }

  /** Asked before anything is signed for this element, while it is set. */
  set confirm(confirm: Confirm | null) {
    this.#confirm = confirm
    if (this.#lease !== null) this.#lease.confirm = confirm
  }

  /** Write as the page says: with the key that it gives, or as an identity that the visitor may change. */
  say(said: Said): void {
    const [key, keyBefore] = [said.options?.key, this.#said.options?.key]
    const isSame = said.identity === this.#said.identity && key === keyBefore
    this.#said = said
    if (isSame) return
    if (this.#lease !== null) this.#lease.claim = this.#claim
    // Those who are left in a room go on as they do.
    else if (PENS.isHeld(this.#pen)) this.#hold(new Pen())
    if (key !== keyBefore) {
      this.#disconnect()
      this.#hold(this.#made())
    }
    const wanted = said.identity ?? 'ephemeral'
    if (key == null && isIdentity(wanted) && wanted !== this.#pen.identity) void this.#use(wanted)
  }

  /** Connect to the signer elsewhere that the page names by its address, if it does; refused as `bunkerSigner` is. */
  async connect(): Promise<void> {
    const { key, WebSocket } = this.#said.options ?? {}
    if (!isBunkerAddress(key) || this.#remote !== null) return
    const remote = await holdSigner(key.trim(), WebSocket)
    // Meanwhile the page may have said otherwise, or asked again.
    if (this.#said.options?.key !== key || this.#remote !== null) return remote.close()
    this.#remote = remote
    this.#hold(this.#made())
  }

  /** Have *work* sign what is more than a record: the visitor has asked for that. */
  async granting<T>(work: () => Promise<T>): Promise<T> {
    const lease = this.#lease
    if (lease === null) throw new ConfigError('the element is in no room')
    lease.isGranting = true
    try {
      return await work()
    } finally {
      lease.isGranting = false
    }
  }

  /** Take the pen of the room *name*; refused with a ConfigError when others of this page write as somebody else there. */
  enter(name: RoomName): Lease {
    this.#quit()
    this.#lease = PENS.take(JSON.stringify(name), { own: this.#pen, claim: this.#claim })
    this.#lease.confirm = this.#confirm
    if (this.#lease.pen !== this.#pen) this.#hold(this.#lease.pen)
    return this.#lease
  }

  /** Be in no room; the pen stays for the next one, but the key of the page goes with who has it. */
  leave(): void {
    this.#disconnect()
    this.#quit()
  }

  #quit(): void {
    const lease = this.#lease
    if (lease === null) return
    this.#lease = null
    if (lease.claim === 'page') this.#hold(this.#made())
    lease.release()
  }

  /** Others in the room say that all write as *author*. */
  isSaidByOthers(author: Author): boolean {
    return this.#lease?.isSaidByOthers(author) ?? false
  }

  get #claim(): Author | null {
    const { identity, options } = this.#said
    if (options?.key != null) return 'page'
    return identity !== null && isIdentity(identity) ? identity : null
  }

  #disconnect(): void {
    this.#remote?.close()
    this.#remote = null
  }

  /** Make a pen of its own, with the key that the page gives, if that is one; of a signer elsewhere once it is connected. */
  #made(): Pen {
    const { options } = this.#said
    if (isBunkerAddress(options?.key)) return this.#remote === null ? new Pen() : new Pen({ signer: this.#remote })
    return options?.key != null && keyFault(options) === null ? new Pen({ signer: signerOf(options.key) }) : new Pen()
  }

  #hold(pen: Pen): void {
    this.#stopWatching()
    this.#pen = pen
    this.#stopWatching = pen.watch(() => this.#listener.onChange())
    this.#listener.onChange()
  }

  async #use(identity: Identity): Promise<void> {
    try {
      await this.#pen.use(identity)
    } catch (error) {
      this.#listener.onFailure(error as Error)
    }
  }
}

function isIdentity(text: string): text is Identity {
  return (IDENTITIES as readonly string[]).includes(text)
}
