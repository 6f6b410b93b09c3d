/** Rooms on a clock that stands until a test lets time pass. */

import { afterEach, beforeEach, vi } from 'vitest'
// Loading takes a time that is none of this clock's.
import '../src/moderation/sweeping.ts'
import '../src/data/writing.ts'
import type { Moment, Monotonic, UnixTime } from '../src/core/clock.ts'
import { type JoinOptions, join } from '../src/room/joining.ts'
import type { Room } from '../src/room/room.ts'
import { MemorySwarm } from './swarm.ts'

/** When each test begins. */
export const START = 1_790_000_000

/** The clock of one test after the other. */
export class StandingClock {
  passed = 0
  readonly now = (): Moment => {
    return { monotonic: this.passed as Monotonic, unix: (START + this.passed) as UnixTime }
  }

  /** Join a room without others, on this clock. */
  async alone(options: JoinOptions = {}): Promise<Room> {
    const transport = new MemorySwarm().transport()
    return await join('lobby', { store: 'memory', transport, now: this.now, ...options })
  }

  /** Let time pass in steps in which rooms do what is due; their timers run for so many seconds at each. */
  async passBy(seconds: number, { step, timers }: { readonly step: number; readonly timers: number }): Promise<void> {
    for (let gone = 0; gone < seconds; gone += step) {
      this.passed += step
      await vi.advanceTimersByTimeAsync(timers * 1_000)
    }
  }
}

/** Give the clock of this file's tests, which is set back before each. */
export function standingClock(): StandingClock {
  const clock = new StandingClock()
  beforeEach(() => {
    clock.passed = 0
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  return clock
}
