/**
 * What neighbours ask of our blobs, and are given (docs/protocol.md, "Blobs").
 *
 * Each may have so many questions and pieces open as the limits say; pieces are read one at a time for each, in order, and
 * not while its channel has no room.
 */

import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../core/limits.ts'
import type { BlobAsk, BlobMessage, BlobWant } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import type { BlobFound, PieceRead } from './inputs.ts'

/** What one neighbour waits for. */
interface Asker {
  questions: number
  /** The pieces to give it, the first of which is being read if it `isReading`. */
  readonly wanted: { readonly root: string; readonly piece: number }[]
  isReading: boolean
  isClogged: boolean
}

/** Gives blobs to those who ask. */
export class BlobServing {
  readonly #askers = new Map<PeerId, Asker>()

  /** Serve *peer* from now on. */
  join(peer: PeerId): void {
    this.#askers.set(peer, { questions: 0, wanted: [], isReading: false, isClogged: false })
  }

  /** Forget what *peer* asked. */
  leave(peer: PeerId): void {
    this.#askers.delete(peer)
  }

  /** Give *peer* nothing until its channel has room. */
  clog(peer: PeerId): void {
    const asker = this.#askers.get(peer)
    if (asker !== undefined) asker.isClogged = true
  }

  /** Go on giving to *peer*. */
  drain(peer: PeerId): Request[] {
    const asker = this.#askers.get(peer)
    if (asker === undefined) return []
    asker.isClogged = false
    return readOn(peer, asker)
  }

  /** Take a question of *peer*. */
  receive(peer: PeerId, message: BlobAsk | BlobWant): Request[] {
    const asker = this.#askers.get(peer)
    if (asker === undefined) return []
    if (message.type === 'BlobAsk') {
      if (asker.questions >= BLOB_QUESTIONS_MAX) return [flood(peer, `${BLOB_QUESTIONS_MAX} questions for blobs`)]
      asker.questions += 1
      return [{ type: 'FindBlob', peer, root: message.root }]
    }
    const { root, first, count } = message
    if (asker.wanted.length + count > BLOB_PIECES_ASKED_MAX) {
      return [flood(peer, `${BLOB_PIECES_ASKED_MAX} pieces of blobs`)]
    }
    for (let piece = first; piece < first + count; piece++) asker.wanted.push({ root, piece })
    return readOn(peer, asker)
  }

  /** Answer a question, now that it is known what is here. */
  found({ peer, root, pieces }: BlobFound): Request[] {
    const asker = this.#askers.get(peer)
    if (asker === undefined || asker.questions === 0) return []
    asker.questions -= 1
    return [{ type: 'Send', peer, message: { type: 'BlobHave', root, pieces } }]
  }

  /** Give a piece that was read, or say that it is not here. */
  read({ peer, root, piece, found }: PieceRead): Request[] {
    const asker = this.#askers.get(peer)
    const [first] = asker?.wanted ?? []
    if (!asker?.isReading || first?.root !== root || first.piece !== piece) return []
    asker.wanted.shift()
    asker.isReading = false
    const answer: BlobMessage =
      found === null
        ? { type: 'BlobAbsent', root, first: piece, count: 1 }
        : { type: 'BlobPart', root, piece, proof: found.proof, data: found.data }
    return [{ type: 'Send', peer, message: answer }, ...readOn(peer, asker)]
  }
}

function flood(peer: PeerId, what: string): Request {
  return { type: 'Strike', peer, fault: 'flood', reason: `more than ${what} at once` }
}

function readOn(peer: PeerId, asker: Asker): Request[] {
  const [first] = asker.wanted
  if (asker.isReading || asker.isClogged || first === undefined) return []
  asker.isReading = true
  return [{ type: 'ReadPiece', peer, ...first }]
}
