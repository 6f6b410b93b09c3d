/**
 * The content of shells, asked of neighbours again and given to them (docs/protocol.md, "Fetching").
 *
 * One neighbour after the other is asked, until one has the content; who has not says so and is not blamed.
 */

import type { Moment } from '../core/clock.ts'
import { FETCH_LOAD_RECORDS, FETCHES_PER_PEER_MAX } from '../core/limits.ts'
import type { Index } from '../core/merkle.ts'
import type { Fetch } from '../core/message.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import type { Purse } from './giving.ts'
import type { Wanted } from './inputs.ts'
import { prefixOf } from './recents.ts'
import { sizeOf } from './transfer.ts'
import type { First, Wanting } from './wanting.ts'

/** What one neighbour asked for. */
interface Asker {
  readonly waiting: RecordId[]
  loading: readonly RecordId[]
  /** How much it may be given; as much as it likes when there is none. */
  readonly purse: Purse | undefined
}

/** The machine of one room: what it is asked for by `asked`, and what it asks for, once anything is. */
export class Fetching {
  readonly #index: Index
  /** The neighbours, the first to come first, and what they ask for. */
  readonly #able = new Map<PeerId, Asker>()
  /** What asks; few pages ever do, and load it then. */
  wanting: Wanting | null = null
  /** Is told of what is here as a whole, whether it was asked for or not. */
  onCame: ((createdAt: number, id: RecordId) => void) | undefined

  constructor(index: Index) {
    this.#index = index
  }

  /** Count *peer* among the neighbours; *purse* says how much it may be given. */
  join(peer: PeerId, purse?: Purse): void {
    this.#able.set(peer, { waiting: [], loading: [], purse })
  }

  /** Forget *peer*; what was asked of it is asked of the next when due. */
  leave(peer: PeerId): void {
    this.#able.delete(peer)
  }

  /** Ask for the content of shells; *first* says who is asked first. */
  want({ entries, Machine }: Wanted, now: Moment, first?: First): Request[] {
    this.wanting ??= new Machine(this.#able)
    return this.wanting.want(entries, now, first)
  }

  /** Note that *record* is here as a whole. */
  came({ createdAt, id }: Record): void {
    this.wanting?.end(id)
    this.onCame?.(createdAt, id)
  }

  /** Look for what *peer* asks for, a little at a time; say what is not here, and what there are too many of. */
  asked(peer: PeerId, { createdAt, prefixes }: Fetch, now: Moment): Request[] {
    const asker = this.#able.get(peer)
    if (asker === undefined) return []
    if (asker.purse?.admits(now) === false) return lack(peer, [...new Set(prefixes)])
    const wanted = new Set(prefixes)
    for (const [, id] of this.#index.entries([createdAt, ''], [createdAt + 1, ''])) {
      if (asker.waiting.length < FETCHES_PER_PEER_MAX && wanted.delete(prefixOf(id))) asker.waiting.push(id)
    }
    return [...lack(peer, [...wanted]), ...load(peer, asker)]
  }

  /** Take what was looked for; give what *peer* is to be given, and what else is to be done. */
  loaded(peer: PeerId, blobs: readonly Uint8Array[]): [found: Uint8Array[], effects: Request[]] {
    const asker = this.#able.get(peer)
    if (asker === undefined) return [[], []]
    const lacking = asker.loading.filter((_, at) => !blobs[at]?.length).map(prefixOf)
    asker.loading = []
    asker.purse?.spend(sizeOf(blobs))
    return [blobs.filter(({ length }) => length > 0), [...lack(peer, lacking), ...load(peer, asker)]]
  }
}

function load(peer: PeerId, asker: Asker): Request[] {
  if (asker.loading.length > 0 || asker.waiting.length === 0) return []
  asker.loading = asker.waiting.splice(0, FETCH_LOAD_RECORDS)
  return [{ type: 'Load', peer, round: 0, ids: asker.loading }]
}

function lack(peer: PeerId, shortIds: readonly string[]): Request[] {
  return shortIds.length > 0 ? [{ type: 'Send', peer, message: { type: 'Lacking', round: 0, shortIds } }] : []
}
