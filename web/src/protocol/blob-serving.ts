/**
 * What neighbours ask of our blobs, and are given (docs/protocol.md, "Blobs").
 *
 * Each may have so many questions and pieces open as the limits say; of its pieces some are read at once, in order, and
 * none while its channel has no room.
 */

import { BLOB_PIECES_ASKED_MAX, BLOB_QUESTIONS_MAX } from '../core/limits.ts'
import type { BlobAsk, BlobMessage, BlobWant } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import type { BlobFound, PiecesRead } from './inputs.ts'

/** So many pieces are read together for one neighbour: while they are on their way, the next ones are. */
const PIECES_AT_ONCE = BLOB_PIECES_ASKED_MAX / 2

/** What one neighbour waits for. */
interface Asker {
  questions: number
  /** The pieces to give it, */
  readonly wanted: { readonly root: string; readonly piece: number }[]
  /** of which so many are being read. */
  reading: number
  isClogged: boolean
}

/** Gives blobs to those who ask. */
export class BlobServing {
  readonly #askers = new Map<PeerId, Asker>()

  /** Serve *peer* from now on. */
  join(peer: PeerId): void {
    this.#askers.set(peer, { questions: 0, wanted: [], reading: 0, isClogged: false })
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

  /** Give pieces that were read, or say that they are not here. */
  read({ peer, root, first, found }: PiecesRead): Request[] {
    const asker = this.#askers.get(peer)
    const [next] = asker?.wanted ?? []
    if (asker?.reading !== found.length || next?.root !== root || next.piece !== first) return []
    asker.wanted.splice(0, asker.reading)
    asker.reading = 0
    const answers = found.map((each, at): Request => {
      const piece = first + at
      const message: BlobMessage =
        each === null
          ? { type: 'BlobAbsent', root, first: piece, count: 1 }
          : { type: 'BlobPart', root, piece, proof: each.proof, data: each.data }
      return { type: 'Send', peer, message }
    })
    return [...answers, ...readOn(peer, asker)]
  }
}

function flood(peer: PeerId, what: string): Request {
  return { type: 'Strike', peer, fault: 'flood', reason: `more than ${what} at once` }
}

/** Read the next pieces that lie together. */
function readOn(peer: PeerId, asker: Asker): Request[] {
  const [next, ...others] = asker.wanted.slice(0, PIECES_AT_ONCE)
  if (asker.reading > 0 || asker.isClogged || next === undefined) return []
  const { root, piece: first } = next
  const end = others.findIndex((each, at) => each.root !== root || each.piece !== first + at + 1)
  asker.reading = 1 + (end < 0 ? others.length : end)
  return [{ type: 'ReadPieces', peer, root, first, count: asker.reading }]
}
