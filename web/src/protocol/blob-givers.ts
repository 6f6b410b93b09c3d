/** One neighbour as a giver of blobs: what it has, what it is asked, and how much of that is still on its way. */

import type { Moment, Monotonic } from '../core/clock.ts'
import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../core/limits.ts'
import type { PeerId } from '../core/signal.ts'

const NOTHING: ReadonlySet<number> = new Set()

/** A piece that somebody is asked for, and since when. */
export interface Asked {
  readonly root: string
  readonly piece: number
  readonly at: Monotonic
}

/** The neighbour *peer*. */
export class Giver {
  readonly peer: PeerId
  /** About which blobs it has not answered yet. */
  readonly questions = new Set<string>()
  /** About these nothing more is believed of it. */
  readonly liarAbout = new Set<string>()
  /** How many pieces of it came and are not kept yet. */
  keeping = 0
  readonly #has = new Map<string, Set<number>>()
  readonly #asked = new Map<string, Asked>()
  readonly #questioned = new Map<string, Monotonic>()

  constructor(peer: PeerId) {
    this.peer = peer
  }

  /** The pieces that it has not answered for. */
  get asked(): Asked[] {
    return [...this.#asked.values()]
  }

  /** How many more pieces it may be asked for. */
  get room(): number {
    return BLOB_PIECES_ASKED_MAX - this.#asked.size - this.keeping
  }

  /** With room for so many it is asked for more: half a window at once, but for the first. */
  get least(): number {
    return this.#asked.size > 0 ? BLOB_PIECES_ASKED_MAX / 2 : 1
  }

  /** Give which pieces of a blob it has, as it said. */
  has(root: string): ReadonlySet<number> {
    return this.#has.get(root) ?? NOTHING
  }

  /** Take that it has *pieces* of a blob, and no others. */
  told(root: string, pieces: Set<number>): void {
    this.#has.set(root, pieces)
  }

  /** Say whether it was asked about *root* so long ago, or never. */
  mayAsk(root: string, now: Moment, seconds: number): boolean {
    const at = this.#questioned.get(root)
    return at === undefined || now.monotonic >= at + seconds
  }

  /** Note that it is asked about *root*; false when it cannot be now. */
  question(root: string, now: Moment): boolean {
    if (this.questions.has(root) || this.liarAbout.has(root) || this.questions.size >= BLOB_QUESTIONS_MAX) return false
    this.questions.add(root)
    this.#questioned.set(root, now.monotonic)
    return true
  }

  /** Note that it is asked for *pieces*. */
  ask(root: string, pieces: Iterable<number>, now: Moment): void {
    for (const piece of pieces) this.#asked.set(keyOf(root, piece), { root, piece, at: now.monotonic })
  }

  /** Say whether it was asked for a piece and has not answered. */
  isAsked(root: string, piece: number): boolean {
    return this.#asked.has(keyOf(root, piece))
  }

  /** Note that it is asked for a piece no more. */
  letGo(root: string, piece: number): void {
    this.#asked.delete(keyOf(root, piece))
  }

  /** Say whether it may be asked for one more piece, which it has and is not asked for. */
  canBring(root: string, piece: number): boolean {
    return this.room > 0 && !this.isAsked(root, piece) && this.has(root).has(piece)
  }

  /** Note that it does not give *pieces*. */
  lacks(root: string, pieces: Iterable<number>): void {
    for (const piece of pieces) this.#has.get(root)?.delete(piece)
  }

  /** Believe nothing more of it about *root*. */
  lied(root: string): void {
    this.liarAbout.add(root)
    this.#has.delete(root)
  }

  /** Forget what it has of a blob that is not looked for any more. */
  forget(root: string): void {
    this.#has.delete(root)
    this.#questioned.delete(root)
  }
}

function keyOf(root: string, piece: number): string {
  return `${root}/${piece}`
}
