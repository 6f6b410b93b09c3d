/** The pens of a page: all elements that are in one room of it write with one, whichever of them comes first. */

import { shown } from '../../core/typed.ts'
import { ConfigError } from '../../errors.ts'
import type { DigestSigner } from '../../identity/signers.ts'
import type { Draft, Signer } from '../../ports.ts'
import { type Author, type Confirm, type Pen, PenState } from './pen.ts'

/** How one element writes with a pen that it may share. */
export class Lease implements Signer {
  readonly pen: Pen
  /** Asked before anything is signed for the element, while it is set. */
  confirm: Confirm | null = null
  /** The visitor has said that more than a record is to be signed. */
  isGranting = false
  readonly #held: Held
  #claim: Author | null

  constructor(held: Held, claim: Author | null) {
    this.pen = held.pen
    this.#held = held
    this.#claim = claim
    held.leases.add(this)
  }

  /** As whom the element says that it writes; null leaves that to others. */
  get claim(): Author | null {
    return this.#claim
  }

  set claim(claim: Author | null) {
    this.#claim = claim
    settle(this.#held)
  }

  /** Others in the room say that all write as *author*. */
  isSaidByOthers(author: Author): boolean {
    return [...this.#held.leases].some(other => other !== this && other.claim === author)
  }

  get publicKey(): Pen['publicKey'] {
    return this.pen.publicKey
  }

  sign(draft: Draft): ReturnType<Pen['sign']> {
    return this.pen.sign(draft, this.confirm)
  }

  /** Signs 32 bytes, such as those of a grant, where the pen can; with `confirm` only what the visitor has asked for. */
  get signDigest(): DigestSigner['signDigest'] | undefined {
    const signer = this.pen.digestSigner
    if (signer === null) return undefined
    return digest => {
      if (this.confirm === null || this.isGranting) return signer.signDigest(digest)
      throw new ConfigError('nothing is signed unseen: with confirm, devices are linked in the element')
    }
  }

  /** Shares 32 bytes with another key, where the pen can. */
  get converse(): DigestSigner['converse'] | undefined {
    return this.pen.digestSigner?.converse
  }

  /** Be in the room no longer. */
  release(): void {
    this.confirm = null
    this.#held.leases.delete(this)
    settle(this.#held)
  }
}

/** What an element brings into a room. */
export interface Brought {
  /** Its own pen, with which it writes where nobody else does. */
  readonly own: Pen
  readonly claim: Author | null
}

/** The pen of one room, and who writes with it. */
interface Held {
  readonly pen: Pen
  readonly leases: Set<Lease>
  /** Writes as all did before an element came with a key of the page; null where that was the first. */
  before: Pen | null
  /** Called when nobody is in the room any more. */
  readonly forget: () => void
}

/** Gives each room of a page its pen, while an element is in it. */
export class Pens {
  readonly #rooms = new Map<string, Held>()

  /**
   * Give an element the pen of the room called *name*: what it has brought, or what others there write with.
   *
   * Where only one of them says as whom, all write so. Refused with a ConfigError when another says otherwise.
   */
  take(name: string, { own, claim }: Brought): Lease {
    const held = this.#rooms.get(name) ?? this.#begin(name, this.isHeld(own) ? own.another() : own)
    if (claim !== null) check(held, own, claim)
    const lease = new Lease(held, claim)
    if (claim !== null) agree(held, own, claim)
    return lease
  }

  /** Say whether somebody is in a room with *pen*. */
  isHeld(pen: Pen): boolean {
    return [...this.#rooms.values()].some(held => held.pen === pen)
  }

  #begin(name: string, pen: Pen): Held {
    const held: Held = { pen, leases: new Set(), before: null, forget: () => this.#end(name, held) }
    this.#rooms.set(name, held)
    return held
  }

  #end(name: string, held: Held): void {
    if (this.#rooms.get(name) === held) this.#rooms.delete(name)
  }
}

/** Where a key of the page is left, and nobody says any more that it is to be written with, write as before. */
function settle({ pen, leases, before, forget }: Held): void {
  if (leases.size === 0) return forget()
  if (pen.identity !== 'page' || [...leases].some(({ claim }) => claim === 'page')) return
  if (before === null) pen.renew()
  else pen.adopt(before)
}

/** Make sure that nobody who holds a pen says otherwise than *claim*; throws ConfigError. */
function check({ pen, leases }: Held, own: Pen, claim: Author): void {
  if (isAgreed(pen, own, claim) || [...leases].every(other => other.claim === null)) return
  const [theirs, ours] = [pen.identity, claim].map(said => (said === 'page' ? 'a key' : `identity ${shown(said)}`))
  throw new ConfigError(`another <peerset-room> of this page is in the room with ${theirs}, and this one has ${ours}`)
}

function isAgreed(pen: Pen, own: Pen, claim: Author): boolean {
  return pen === own || (pen.identity === claim && (claim !== 'page' || pen.publicKey === own.publicKey))
}

/** Have all who hold a pen write as *claim* says. */
function agree(held: Held, own: Pen, claim: Author): void {
  const { pen } = held
  if (isAgreed(pen, own, claim)) return
  if (claim === 'page' && pen.identity !== 'page') held.before = pen.twin()
  // First of all it is no pen of the page any more, whose key nobody can change.
  pen.adopt(own)
  // What fails is told by who asked for it.
  if (own.state === PenState.OPENING && claim !== 'page') pen.use(claim).catch(() => {})
}
