/** A pulse: whoever waits for the next beat is woken by it, and none is missed. */

import { shown } from '../core/typed.ts'
import { RoomClosedError } from '../errors.ts'
import type { Desk } from './desk.ts'

/** What a view and a fold have in common: they read the log of changes to its end. */
export interface Keeper {
  readonly error: Error | null
  ready(): Promise<void>
}

/** Say why a function of the user, which may throw anything, stopped what it kept. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : `it threw ${shown(cause)}`
}

/** Let *keeper* catch up at once and whenever something happens, until it stops or the room ends. */
export async function keepUp(keeper: Keeper, desk: Desk): Promise<void> {
  const pulse = new Pulse(desk)
  while (!pulse.isOver && keeper.error === null) {
    const beats = pulse.count
    try {
      await keeper.ready()
    } catch (error) {
      // What it stopped at is told to who asks it.
      const isTold = error instanceof RoomClosedError || keeper.error !== null
      if (!isTold) desk.complain(error)
    }
    await pulse.wait(beats)
  }
  pulse.close()
}

/** Beats whenever a room's log of changes may have grown, and when the room ends. */
export class Pulse {
  /** How often it beat. */
  count = 0
  isOver = false
  readonly #stops: (() => void)[]
  #wake = () => {}
  #next: Promise<void>

  constructor(desk: Pick<Desk, 'on' | 'keep'>) {
    this.#next = this.#renewed()
    this.#stops = [desk.on(event => event.type !== 'StorageFailed' && this.#beat()), desk.keep(() => this.close())]
  }

  /** Wait until there were more than *since* beats, or it is over. */
  async wait(since: number): Promise<void> {
    while (this.count <= since && !this.isOver) await this.#next
  }

  /** Beat no more. */
  close(): void {
    if (this.isOver) return
    this.isOver = true
    for (const stop of this.#stops) stop()
    this.#beat()
  }

  #beat(): void {
    this.count += 1
    const wake = this.#wake
    this.#next = this.#renewed()
    wake()
  }

  #renewed(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }
}
