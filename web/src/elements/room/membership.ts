/** Keeps an element in the room it should be in: joins, leaves and joins elsewhere, one after the other. */

import { RoomClosedError } from '../../errors.ts'
import type { Room } from '../../room/room.ts'
import { isAlike, type Settings } from './settings.ts'

/** Where a membership stands. */
export type Phase = 'idle' | 'joining' | 'joined' | 'leaving' | 'failed'

/** Whom a membership tells what happens. */
export interface MembershipListener {
  /** The phase changed. */
  readonly onChange: () => void
  /** The room could not be joined, or broke. */
  readonly onFailure: (error: Error) => void
}

interface Waiter {
  readonly resolve: (room: Room) => void
  readonly reject: (error: Error) => void
}

/** Follows the settings it is given: of changes that come faster than rooms open, the last one counts. */
export class Membership {
  readonly #open: (settings: Settings) => Promise<Room>
  readonly #listener: MembershipListener
  #wanted: Settings | null = null
  #held: { readonly settings: Settings; readonly room: Room } | null = null
  /** What is wanted could not be had; it is not tried again until somebody asks. */
  #hasFailed = false
  #phase: Phase = 'idle'
  #isSettling = false
  #waiters: Waiter[] = []

  constructor(open: (settings: Settings) => Promise<Room>, listener: MembershipListener) {
    this.#open = open
    this.#listener = listener
  }

  /** Where it stands now. */
  get phase(): Phase {
    return this.#phase
  }

  /** The room that is wanted, while it is joined; null before, between and after. */
  get room(): Room | null {
    return this.#held !== null && isAlike(this.#held.settings, this.#wanted) ? this.#held.room : null
  }

  /** Wait for the room; refused with a RoomClosedError when none is wanted, or with what made joining fail. */
  joined(): Promise<Room> {
    if (this.room !== null) return Promise.resolve(this.room)
    if (this.#wanted === null) return Promise.reject(new RoomClosedError('the element is in no room'))
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      // Who waits for a room that could not be joined wants it tried again.
      if (this.#hasFailed) this.retry()
    })
  }

  /** Be in the room of *settings*, or in none; settings alike those before change nothing. */
  want(settings: Settings | null): void {
    if (isAlike(settings, this.#wanted)) return
    this.#wanted = settings
    this.retry()
  }

  /** Try again what failed. */
  retry(): void {
    this.#hasFailed = false
    if (!this.#isSettling) void this.#settle()
  }

  async #settle(): Promise<void> {
    this.#isSettling = true
    for (;;) {
      const held = this.#held
      if (held !== null && !isAlike(held.settings, this.#wanted)) await this.#leave(held.room)
      else if (held === null && this.#wanted !== null && !this.#hasFailed) await this.#join(this.#wanted)
      else break
    }
    this.#isSettling = false
    if (this.#wanted !== null) return
    this.#enter('idle')
    for (const { reject } of this.#waiters.splice(0)) reject(new RoomClosedError('the element left the room'))
  }

  async #join(settings: Settings): Promise<void> {
    this.#enter('joining')
    try {
      const room = await this.#open(settings)
      this.#held = { settings, room }
      void this.#mind(room)
      this.#enter('joined')
      if (this.room !== null) for (const { resolve } of this.#waiters.splice(0)) resolve(room)
    } catch (error) {
      // Nobody waits any more for what was given up meanwhile.
      if (isAlike(settings, this.#wanted)) this.#fail(error)
    }
  }

  async #leave(room: Room): Promise<void> {
    this.#held = null
    this.#enter('leaving')
    await room.leave().catch(error => this.#listener.onFailure(error))
  }

  /** Wait for the end of *room*, which every stream of it tells. */
  async #mind(room: Room): Promise<void> {
    try {
      const events = room.events('StorageDamaged')
      while ((await events.next()).done !== true);
    } catch (error) {
      // Its network is still being closed, and one page cannot be in a room twice.
      await room.leave().catch(() => {})
      if (this.#held?.room !== room) return
      this.#held = null
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#hasFailed = true
    this.#enter('failed')
    const reason = error instanceof Error ? error : new Error(String(error))
    for (const { reject } of this.#waiters.splice(0)) reject(reason)
    this.#listener.onFailure(reason)
  }

  #enter(phase: Phase): void {
    if (phase === this.#phase) return
    this.#phase = phase
    this.#listener.onChange()
  }
}
