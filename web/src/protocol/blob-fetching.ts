/**
 * Blobs that somebody here reads: who has which pieces, who is asked, and what comes (docs/protocol.md, "Blobs").
 *
 * All neighbours are asked at once, each for as many pieces as may be on their way; a piece that one is late with is asked
 * of one more. What comes is checked here, and counts as on its way until it is kept, so that slow storage slows us down.
 */

import { type BlobName, checkPiece, isOfTree, piecesOf } from '../core/blob.ts'
import { readBits } from '../core/blob-bits.ts'
import type { Moment, Monotonic } from '../core/clock.ts'
import { BLOB_LATE_SECONDS, BLOB_PATIENCE_SECONDS, BLOB_TIMEOUT_SECONDS, BLOBS_WANTED_MAX } from '../core/limits.ts'
import type { BlobAbsent, BlobHave, BlobPart } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import { Giver } from './blob-givers.ts'
import type { Request } from './effects.ts'
import type { BlobUnwanted, BlobWanted, PiecesKept } from './inputs.ts'

/** How often it is looked at who is late. */
export const LOOK_SECONDS = 1

/** Consecutive pieces. */
interface Run {
  readonly root: string
  readonly first: number
  readonly count: number
}

/** One blob that is fetched. */
class Fetch {
  readonly name: BlobName
  /** The pieces that are to come, */
  readonly wanted = new Set<number>()
  /** which of these somebody is asked for, */
  readonly asked = new Set<number>()
  /** and what came and is not kept yet, which whoever reads does not see and so wants again. */
  readonly keeping = new Set<number>()
  /** When something last came. */
  moved: Monotonic
  /** What was asked for last. */
  #urgent: readonly number[] = []

  constructor(name: BlobName, now: Moment) {
    this.name = name
    this.moved = now.monotonic
  }

  /** Let *pieces* come, before all others. */
  want(pieces: readonly number[]): void {
    for (const piece of pieces) if (!this.keeping.has(piece)) this.wanted.add(piece)
    this.#urgent = pieces
  }

  /** Give what to ask next of somebody who has *has*; null when that is nothing. */
  nextRun(has: ReadonlySet<number>, most: number): Run | null {
    const isOpen = (piece: number) => this.wanted.has(piece) && !this.asked.has(piece) && has.has(piece)
    const first = this.#urgent.find(isOpen) ?? this.#lowest(isOpen)
    if (first === undefined) return null
    let count = 1
    while (count < most && isOpen(first + count)) count += 1
    return { root: this.name.root, first, count }
  }

  #lowest(isOpen: (piece: number) => boolean): number | undefined {
    let lowest: number | undefined
    for (const piece of this.wanted) if ((lowest === undefined || piece < lowest) && isOpen(piece)) lowest = piece
    return lowest
  }
}

/** Fetches what is wanted. */
export class BlobFetching {
  readonly #givers = new Map<PeerId, Giver>()
  readonly #fetches = new Map<string, Fetch>()
  #looked = 0 as Monotonic

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return this.#fetches.size > 0 ? ((this.#looked + LOOK_SECONDS) as Monotonic) : null
  }

  /** Ask *peer*, too, from now on. */
  join(peer: PeerId, now: Moment): Request[] {
    const giver = new Giver(peer)
    this.#givers.set(peer, giver)
    return [...this.#fetches.keys()].flatMap(root => this.#ask(giver, root, now))
  }

  /** Ask others for what *peer* was asked. */
  leave(peer: PeerId, now: Moment): Request[] {
    const giver = this.#givers.get(peer)
    if (giver === undefined) return []
    this.#givers.delete(peer)
    for (const { root, piece } of giver.asked) this.#letGo(giver, root, piece)
    return this.#fill(now)
  }

  /** Fetch some pieces of a blob, before what was wanted earlier. */
  want({ name, pieces }: BlobWanted, now: Moment): Request[] {
    const { root } = name
    const known = this.#fetches.get(root)
    if (known === undefined && this.#fetches.size >= BLOBS_WANTED_MAX) {
      return [{ type: 'GiveUpBlob', root, reason: `more than ${BLOBS_WANTED_MAX} blobs are looked for at once` }]
    }
    const fetch = known ?? this.#begin(name, now)
    const requests = known === undefined ? [...this.#givers.values()].flatMap(giver => this.#ask(giver, root, now)) : []
    fetch.want(pieces)
    return [...requests, ...this.#fill(now)]
  }

  /** Ask for nothing more of a blob; what is on its way is passed over when it comes. */
  unwant({ root }: BlobUnwanted): void {
    this.#end(root)
  }

  /** Take an answer of *peer*. */
  receive(peer: PeerId, message: BlobHave | BlobPart | BlobAbsent, now: Moment): Request[] {
    const giver = this.#givers.get(peer)
    if (giver === undefined) return []
    if (message.type === 'BlobHave') return this.#heard(giver, message, now)
    const { root } = message
    const pieces = message.type === 'BlobPart' ? [message.piece] : numbered(message)
    if (!pieces.every(piece => giver.isAsked(root, piece))) {
      return [{ type: 'Strike', peer, fault: 'flood', reason: 'pieces of a blob that were not asked for' }]
    }
    for (const piece of pieces) this.#letGo(giver, root, piece)
    if (message.type === 'BlobPart') return [...this.#take(giver, message, now), ...this.#fill(now)]
    giver.lacks(root, pieces)
    return this.#fill(now)
  }

  /** Go on when pieces are kept; nothing more is asked for when they cannot be. */
  kept({ root, pieces }: PiecesKept, now: Moment): Request[] {
    const fetch = this.#fetches.get(root)
    for (const [peer, piece] of pieces) {
      const giver = this.#givers.get(peer)
      if (giver !== undefined) giver.keeping -= 1
      fetch?.keeping.delete(piece)
    }
    if (fetch?.wanted.size === 0 && fetch.keeping.size === 0) this.#end(root)
    return this.#fill(now)
  }

  /** Ask others for what is late, ask again who may have more by now, and give up what nobody has. */
  tick(now: Moment): Request[] {
    if (this.deadline === null || now.monotonic < this.deadline) return []
    this.#looked = now.monotonic
    const requests: Request[] = []
    for (const [root, fetch] of [...this.#fetches]) {
      if (now.monotonic >= fetch.moved + BLOB_PATIENCE_SECONDS) {
        this.#end(root)
        requests.push({ type: 'GiveUpBlob', root, reason: 'nobody here has it, or gives it' })
      } else {
        requests.push(...this.#askLacking(root, fetch, now))
      }
    }
    return [...requests, ...this.#fill(now), ...this.#askAgain(now)]
  }

  #begin(name: BlobName, now: Moment): Fetch {
    if (this.#fetches.size === 0) this.#looked = now.monotonic
    const fetch = new Fetch(name, now)
    this.#fetches.set(name.root, fetch)
    // What was wanted before may still be on its way.
    for (const giver of this.#givers.values()) {
      for (const { root, piece } of giver.asked) if (root === name.root) fetch.asked.add(piece)
    }
    return fetch
  }

  #end(root: string): void {
    this.#fetches.delete(root)
    for (const giver of this.#givers.values()) giver.forget(root)
  }

  #ask(giver: Giver, root: string, now: Moment): Request[] {
    return giver.question(root, now) ? [{ type: 'Send', peer: giver.peer, message: { type: 'BlobAsk', root } }] : []
  }

  #askLacking(root: string, fetch: Fetch, now: Moment): Request[] {
    const lacking = [...this.#givers.values()].filter(giver => {
      const has = giver.has(root)
      return [...fetch.wanted].some(piece => !has.has(piece)) && giver.mayAsk(root, now, BLOB_TIMEOUT_SECONDS)
    })
    return lacking.flatMap(giver => this.#ask(giver, root, now))
  }

  #heard(giver: Giver, { root, pieces }: BlobHave, now: Moment): Request[] {
    const { peer } = giver
    if (!giver.questions.delete(root)) {
      return [{ type: 'Strike', peer, fault: 'flood', reason: 'an answer about a blob to no question' }]
    }
    const fetch = this.#fetches.get(root)
    if (fetch !== undefined && !giver.liarAbout.has(root)) {
      giver.told(root, readBits(pieces, piecesOf(fetch.name.size)))
    }
    return this.#fill(now)
  }

  #take(giver: Giver, { root, piece, proof, data }: BlobPart, now: Moment): Request[] {
    const { peer } = giver
    const fetch = this.#fetches.get(root)
    if (!fetch?.wanted.has(piece)) return []
    const nodes = checkPiece(fetch.name, piece, data, proof)
    if (nodes === null && isOfTree(root, piece, data, proof)) {
      // Who gives it is right, and the record is wrong whose size we went by.
      this.#end(root)
      const reason = 'the record that names it says another size than it has'
      return [{ type: 'GiveUpBlob', root, reason, refuted: fetch.name.size }]
    }
    if (nodes === null) {
      giver.lied(root)
      const reason = `piece ${piece} is not of the blob ${root.slice(0, 8)}`
      return [{ type: 'Strike', peer, fault: 'lying', reason }]
    }
    fetch.wanted.delete(piece)
    fetch.keeping.add(piece)
    fetch.moved = now.monotonic
    giver.keeping += 1
    return [{ type: 'KeepPiece', peer, name: fetch.name, piece, data, nodes }]
  }

  /** Ask each neighbour for what it has and nobody is asked for. */
  #fill(now: Moment): Request[] {
    const requests: Request[] = []
    for (const giver of this.#givers.values()) {
      while (giver.room >= giver.least) {
        const run = this.#next(giver)
        if (run === null) break
        const { root, first, count } = run
        for (const piece of numbered(run)) this.#fetches.get(root)?.asked.add(piece)
        giver.ask(root, numbered(run), now)
        requests.push({ type: 'Send', peer: giver.peer, message: { type: 'BlobWant', root, first, count } })
      }
    }
    return requests
  }

  #next(giver: Giver): Run | null {
    for (const [root, fetch] of this.#fetches) {
      const run = fetch.nextRun(giver.has(root), giver.room)
      if (run !== null) return run
    }
    return null
  }

  /** Ask who has nothing else to bring for what another one is late with. */
  #askAgain(now: Moment): Request[] {
    const givers = [...this.#givers.values()]
    const idle = givers.filter(({ asked }) => asked.length === 0)
    const late = givers
      .flatMap(({ asked }) => asked)
      .filter(({ root, piece, at }) => {
        return this.#fetches.get(root)?.wanted.has(piece) && now.monotonic >= at + BLOB_LATE_SECONDS
      })
    return late.flatMap(({ root, piece }): Request[] => {
      const other = idle.find(each => each.canBring(root, piece))
      if (other === undefined) return []
      other.ask(root, [piece], now)
      return [{ type: 'Send', peer: other.peer, message: { type: 'BlobWant', root, first: piece, count: 1 } }]
    })
  }

  /** Note that *giver* is asked for it no more; what nobody else is asked for may be asked for again. */
  #letGo(giver: Giver, root: string, piece: number): void {
    giver.letGo(root, piece)
    const isAsked = [...this.#givers.values()].some(each => each.isAsked(root, piece))
    if (!isAsked) this.#fetches.get(root)?.asked.delete(piece)
  }
}

/** Give the numbers of the pieces of a run. */
function numbered({ first, count }: { readonly first: number; readonly count: number }): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}
