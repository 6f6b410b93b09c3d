/** A place that is kept in touch with while there is a room of ours: only then does it hear from where we are. */

import type { SignalingStatus } from '../ports.ts'
import type { Place } from './places.ts'
import type { Swarm, Venue } from './venue.ts'

/** Opened by the first room that enters it, closed by the last that leaves. */
export class Visited implements Venue {
  readonly #place: Place
  readonly #open: () => Venue | null
  #venue: Venue | null = null
  #rooms = 0

  constructor(place: Place, open: () => Venue | null) {
    this.#place = place
    this.#open = open
  }

  get status(): SignalingStatus {
    return this.#venue?.status ?? unopened(this.#place)
  }

  enter(swarm: Swarm): () => void {
    if (this.#rooms === 0) this.#venue = this.#open()
    this.#rooms += 1
    const leave = this.#venue?.enter(swarm)
    return () => {
      leave?.()
      this.#rooms -= 1
      if (this.#rooms === 0) this.close()
    }
  }

  announce(rootTopic: string): number | null {
    return this.#venue?.announce(rootTopic) ?? null
  }

  close(): void {
    this.#venue?.close()
  }
}

/** Say how a place stands that nobody has entered yet. */
export function unopened({ strategy, url }: Place): SignalingStatus {
  return { strategy, place: url, state: 'connecting', error: null, since: 0, lastSuccess: null, nextTry: null }
}
