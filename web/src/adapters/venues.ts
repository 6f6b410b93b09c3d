/** The places where all rooms of this page meet: each open while a room is there. */

import type { SignalingStatus } from '../ports.ts'
import { type Place, placesOf, type Strategy, strategiesOf } from './places.ts'
import { loaded } from './storage.ts'
import * as torrent from './torrent.ts'
import type { Venue } from './venue.ts'
import { unopened, Visited } from './visited.ts'

/** What there is of a strategy. */
interface Parts {
  /** Keep in touch with the place at *url*, by sockets of *Class*. */
  readonly openVenue: (url: string, Class: typeof WebSocket) => Venue
  /** Give the places that Trystero asks for the application *app* when it is told of none. */
  readonly usual: (app: string) => readonly string[]
}

/** All but the one that nearly every page uses are loaded once they are asked for. */
const STRATEGIES: { readonly [strategy in Strategy]: () => Promise<Parts> } = {
  torrent: async () => torrent,
  nostr: () => import('./nostr.ts'),
  mqtt: () => import('./mqtt.ts'),
  relay: () => import('./relay.ts'),
}

/** Where one room meets: its strategies are loaded, and nothing is opened yet. */
export class Venues {
  readonly #places: readonly Place[]
  readonly #parts: ReadonlyMap<Strategy, Parts>
  #open: readonly Venue[] | null = null

  private constructor(places: readonly Place[], parts: ReadonlyMap<Strategy, Parts>) {
    this.#places = places
    this.#parts = parts
  }

  /** Load what it takes to meet where *specs* say, as `readSignaling` gave them, in rooms of *app*. */
  static async load(specs: readonly string[] | undefined, app: string): Promise<Venues> {
    const strategies = strategiesOf(specs).map(async name => [name, await loaded(STRATEGIES[name]())] as const)
    const parts = new Map(await Promise.all(strategies))
    return new Venues(
      placesOf(specs, name => parts.get(name)?.usual(app) ?? []),
      parts,
    )
  }

  /** Give all of them, kept in touch with by sockets of *Class*; they are the same for all rooms of the page. */
  open(Class: typeof WebSocket): readonly Venue[] {
    const openPlace = ({ strategy, url }: Place) => this.#parts.get(strategy)?.openVenue(url, Class)
    shared ??= this.#places.map(place => new Visited(place, () => openPlace(place) ?? null))
    this.#open = shared
    return shared
  }

  /** Name each, in full. */
  get specs(): string[] {
    return this.#places.map(({ strategy, url }) => `${strategy}:${url}`)
  }

  /** How each stands. */
  get status(): SignalingStatus[] {
    const statuses = this.#open?.flatMap(({ status }) => status ?? [])
    return statuses ?? this.#places.map(unopened)
  }
}

let shared: readonly Venue[] | null = null

/** Keep in touch with nobody any more: the page is in no room. */
export function closeVenues(): void {
  for (const venue of shared ?? []) venue.close()
  shared = null
}
