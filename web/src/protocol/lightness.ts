/**
 * What one session knows of light members: of which records each side takes no content, but names alone.
 *
 * A light member keeps the content of the newest days only (docs/protocol.md, "Light members").
 */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Entry } from '../core/block.ts'
import { DAY_SECONDS, type Moment, type Monotonic, type UnixTime } from '../core/clock.ts'
import { FEATURE_NAMING, type Hello, type LightMessage } from '../core/message.ts'
import type { RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { ClaimParts, Claims } from './claims.ts'
import type { Request } from './effects.ts'
import type { Budget } from './health.ts'
import type { Neighbour } from './neighbour.ts'

/** What a name takes: a time, in four bytes, and an id. */
export const NAME_BYTES = 36

/** How the edge of this side stands to that of the other. */
export interface Standing {
  /** Both understand names, and have equal rules. Any other is compared with over the days whose content we keep. */
  readonly isShared?: boolean
  /** Hears of what may not exist. */
  readonly doubt?: (entries: readonly Entry[]) => void
}

/** The edges of both sides, in Unix seconds: of what is older each takes no content; 0 for a full member. */
export class Lightness {
  readonly ours: number
  readonly isShared: boolean
  theirs = 0
  readonly #doubt: (entries: readonly Entry[]) => void

  constructor(ours = 0, { isShared = true, doubt = () => {} }: Standing = {}) {
    this.ours = ours
    this.isShared = isShared
    this.#doubt = doubt
  }

  /** The first UTC day worth comparing: whoever keeps more can name what the other has not got. */
  get firstDay(): number {
    return Math.floor((this.isShared ? Math.min(this.ours, this.theirs) : this.ours) / DAY_SECONDS)
  }

  /** Say whether the neighbour is told of such a record by its name alone. */
  names(createdAt: number): boolean {
    return this.isShared && createdAt < this.theirs
  }

  /** Say whether we take the name of such a record. */
  takes(createdAt: number): boolean {
    return this.isShared && createdAt < this.ours
  }

  /** Note what the neighbour has not got and we cannot give: what it would keep whole may not exist. */
  lacked(entries: readonly Entry[]): void {
    if (!this.isShared || this.ours === 0) return
    this.#doubt(entries.filter(([createdAt]) => this.theirs <= createdAt && createdAt < this.ours))
  }

  /** Write for each record its time and its id. */
  pack(entries: readonly Entry[]): Uint8Array {
    return hexToBytes(entries.map(([createdAt, id]) => createdAt.toString(16).padStart(8, '0') + id).join(''))
  }

  /** Read the names that are whole. */
  unpack(data: Uint8Array): Entry[] {
    const names: Entry[] = []
    for (let end = NAME_BYTES; end <= data.length; end += NAME_BYTES) {
      const name = bytesToHex(data.subarray(end - NAME_BYTES, end))
      names.push([Number.parseInt(name.slice(0, 8), 16), name.slice(8) as RecordId])
    }
    return names
  }
}

/** The part of a node that is about names; *claims* are those of a light member. */
export class Naming {
  readonly claims: Claims | null

  constructor(claims: Claims | null = null) {
    this.claims = claims
  }

  /** Serve the node that has these parts. */
  attach(parts: ClaimParts): void {
    this.claims?.attach(parts)
  }

  /** Say to who greets by *hello* from which time on we take content, if we are a light member and are understood. */
  agree(peer: PeerId, hello: Hello, rulesId: string, now: Moment): [Lightness, Request[]] {
    const isShared = (hello.features & FEATURE_NAMING) !== 0 && hello.rulesId === rulesId
    const { claims } = this
    const contentFrom = claims?.edge(now.unix) ?? 0
    const lightness = new Lightness(contentFrom, { isShared, doubt: entries => claims?.doubt(entries) })
    const message = { type: 'Light', contentFrom } as const
    return [lightness, contentFrom > 0 && isShared ? [{ type: 'Send', peer, message }] : []]
  }

  /** Take what *neighbour* says of what it takes, or what it names in a round, as far as we asked for names. */
  hear(neighbour: Neighbour, message: LightMessage, all: readonly Neighbour[], now: Moment): Request[] {
    const { peer, liveSync, lightness, provenKey: key } = neighbour
    if (lightness === undefined) return []
    if (message.type === 'Light') {
      lightness.theirs = message.contentFrom
      return []
    }
    const { round, names } = message
    if (liveSync?.comparing?.round.number !== round || this.claims === null || key === null) return []
    const excess = liveSync.received({ type: 'Records', round, blobs: [names] }, now)
    const added = excess.length > 0 ? 0 : this.claims.take(lightness.unpack(names), lightness, { peer, key }, now)
    if (added > 0) for (const other of all) other.liveSync?.moved(now)
    return [...excess, ...liveSync.dealt(round, names.length, added, now)]
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    return this.claims?.deadline ?? null
  }

  /** Act on what is overdue. */
  tick(now: Moment): Request[] {
    return this.claims?.tick(now) ?? []
  }

  /** Forget what is dated before *before*. */
  forgetBefore(before: UnixTime): void {
    this.claims?.forgetBefore(before)
  }

  /** How much is known by name alone, and what of that found no room. */
  get budgets(): Budget[] {
    return this.claims === null ? [] : [this.claims.budget]
  }
}
