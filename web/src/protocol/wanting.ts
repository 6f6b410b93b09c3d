/** Asks neighbours for the content of shells, one after the other, until one has it (docs/protocol.md, "Fetching"). */

import type { Entry } from '../core/block.ts'
import { after, type Moment, type Monotonic } from '../core/clock.ts'
import { ANNOUNCE_IDS_MAX, FETCH_TRIES_MAX, FETCHES_MAX, PULL_PATIENCE_SECONDS } from '../core/limits.ts'
import type { Fetch } from '../core/message.ts'
import type { RecordId } from '../core/record.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request } from './effects.ts'
import { prefixOf } from './recents.ts'

/** Says which neighbour is asked for a record before all others. */
export type First = (id: RecordId) => PeerId | undefined

/** What is asked for. */
interface Asked {
  readonly id: RecordId
  readonly createdAt: number
  readonly tried: Set<PeerId>
  /** Who is asked before all others, if it is a neighbour. */
  readonly first: PeerId | undefined
  asked: PeerId | null
  due: Monotonic
}

/** The part of a room's machine that asks; `Fetching` answers. */
export class Wanting {
  /** The neighbours, the first to come first. */
  readonly #able: ReadonlyMap<PeerId, unknown>
  readonly #wanted = new Map<string, Asked>()

  constructor(able: ReadonlyMap<PeerId, unknown>) {
    this.#able = able
  }

  /** When `tick` has something to do. */
  get deadline(): Monotonic | null {
    const [first] = this.#wanted.values()
    return first?.due ?? null
  }

  /** Ask for the content of shells; *first* says who is asked first. */
  want(entries: readonly Entry[], now: Moment, first: First = () => undefined): Request[] {
    const fresh = entries.flatMap(([createdAt, id]) =>
      this.wants(id)
        ? []
        : { id, createdAt, tried: new Set<PeerId>(), first: first(id), asked: null, due: now.monotonic },
    )
    const room = Math.max(FETCHES_MAX - this.#wanted.size, 0)
    return [...this.#ask(fresh.slice(0, room), now), ...fail(fresh.slice(room))]
  }

  /** Say whether the content of a shell is asked for, and may come. */
  wants(id: RecordId): boolean {
    return this.#wanted.get(prefixOf(id))?.id === id
  }

  /** Ask no more for a record: it came, or is refused. */
  end(id: RecordId): void {
    if (this.wants(id)) this.#wanted.delete(prefixOf(id))
  }

  /** Ask others for what *peer* has not got. */
  lacked(peer: PeerId, prefixes: readonly string[], now: Moment): Request[] {
    const found = prefixes.map(prefix => this.#wanted.get(prefix)).filter(wanted => wanted?.asked === peer)
    return this.#ask(found as Asked[], now)
  }

  /** Ask others for what did not come. */
  tick(now: Moment): Request[] {
    return this.#ask(
      [...this.#wanted.values()].filter(({ due }) => due <= now.monotonic),
      now,
    )
  }

  #ask(several: readonly Asked[], now: Moment): Request[] {
    const asked = new Map<string, { peer: PeerId; createdAt: number; prefixes: string[] }>()
    const failed: Asked[] = []
    for (const wanted of several) {
      const { id, createdAt, tried } = wanted
      this.#wanted.delete(prefixOf(id))
      const peer = tried.size < FETCH_TRIES_MAX ? this.#next(wanted) : undefined
      if (peer === undefined) {
        failed.push(wanted)
        continue
      }
      wanted.asked = peer
      wanted.due = after(now.monotonic, PULL_PATIENCE_SECONDS)
      tried.add(peer)
      this.#wanted.set(prefixOf(id), wanted)
      const question = asked.get(`${createdAt} ${peer}`) ?? { peer, createdAt, prefixes: [] }
      asked.set(`${createdAt} ${peer}`, question)
      question.prefixes.push(prefixOf(id))
    }
    const effects: Request[] = []
    for (const { peer, createdAt, prefixes } of asked.values()) {
      while (prefixes.length > 0) {
        const message: Fetch = { type: 'Fetch', createdAt, prefixes: prefixes.splice(0, ANNOUNCE_IDS_MAX) }
        effects.push({ type: 'Send', peer, message })
      }
    }
    return [...effects, ...fail(failed)]
  }

  #next({ tried, first }: Asked): PeerId | undefined {
    const others = [...this.#able.keys()].find(each => !tried.has(each))
    return first !== undefined && this.#able.has(first) && !tried.has(first) ? first : others
  }
}

function fail(failed: readonly Asked[]): Request[] {
  return failed.length > 0 ? [{ type: 'Emit', event: { type: 'FetchFailed', ids: failed.map(({ id }) => id) } }] : []
}
