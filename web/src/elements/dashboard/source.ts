/** Where a dashboard's room comes from: given by the page, of a `<peerset-room>`, or joined by the dashboard itself. */

import { eraseStore } from '../../adapters/storage.ts'
import { type JoinOptions, join } from '../../room/joining.ts'
import type { Room } from '../../room/room.ts'
import { Membership } from '../room/membership.ts'
import type { Settings } from '../room/settings.ts'

/** What a `<peerset-room>` is to a dashboard. */
export interface Host extends Node {
  /** Its room; null while it has none. */
  readonly peer: Room | null
  /** Leave the room; it is joined again when the element is put into the page anew. */
  leave(): Promise<void>
}

/** What a dashboard is to show; the first of these that there is. */
export interface Wanted {
  readonly room: Room | null
  /** Joins again, after a reset, the room that was given. */
  readonly rejoin: (() => Promise<Room>) | null
  readonly host: Host | null
  readonly settings: Settings | null
}

/** Whom a source tells what happens. */
export interface SourceListener {
  /** There is another room, or none any more. */
  readonly onRoom: (room: Room | null) => void
  /** The dashboard's own room could not be joined, or broke. */
  readonly onFailure: (error: Error) => void
}

const NOTHING: Wanted = { room: null, rejoin: null, host: null, settings: null }

/** Finds the room, and follows it when another takes its place. */
export class Source {
  readonly #listener: SourceListener
  readonly #membership: Membership
  #wanted: Wanted = NOTHING
  #told: Room | null = null

  constructor(listener: SourceListener, open: (settings: Settings) => Promise<Room> = openRoom) {
    this.#listener = listener
    this.#membership = new Membership(open, { onChange: () => this.check(), onFailure: listener.onFailure })
  }

  /** The room as it is now. */
  get room(): Room | null {
    const { room, host } = this.#wanted
    if (room !== null || host !== null) return room ?? host?.peer ?? null
    return this.#membership.room
  }

  /** Somebody can join the room again after a reset. */
  get canReset(): boolean {
    const { room, rejoin, host, settings } = this.#wanted
    return this.room !== null && (room === null ? host !== null || settings !== null : rejoin !== null)
  }

  /** Show *wanted* from now on; nothing leaves a room that the dashboard joined by itself. */
  want(wanted: Partial<Wanted>): void {
    this.#wanted = { ...NOTHING, ...wanted }
    const { room, host, settings } = this.#wanted
    this.#membership.want(room === null && host === null ? settings : null)
    this.check()
  }

  /** Look whether the room is still the same: what others hold may change at any time. */
  check(): void {
    const { room } = this
    if (room === this.#told) return
    this.#told = room
    this.#listener.onRoom(room)
  }

  /**
   * Leave the room, delete what this page keeps of it, and join it again.
   *
   * Refused with a StoreError when another tab holds the database; the room is joined again all the same.
   */
  async reset(): Promise<void> {
    const { room } = this
    if (room === null || !this.canReset) return
    const rejoin = this.#release(room)
    try {
      await room.leave()
      await eraseStore(room.name)
    } finally {
      await rejoin()
      this.check()
    }
  }

  /** Let go of *room*; give what brings it back. */
  #release(room: Room): () => Promise<void> | void {
    const wanted = this.#wanted
    const { host, rejoin } = wanted
    if (wanted.room !== null) {
      return async () => this.want({ ...wanted, room: (await rejoin?.()) ?? room })
    }
    if (host !== null) {
      void host.leave()
      return () => void host.parentNode?.insertBefore(host, host.nextSibling)
    }
    this.#membership.want(null)
    return () => this.#membership.want(wanted.settings)
  }
}

function openRoom({ room, options }: { room: string; options: JoinOptions }): Promise<Room> {
  return join(room, options)
}
