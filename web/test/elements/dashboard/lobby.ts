/** Rooms and recorders for the tests of the dashboard's parts. */

import type { UnixTime } from '../../../src/core/clock.ts'
import { SecretKey } from '../../../src/core/keys.ts'
import { KIND_RECORD, type Record, signRecord } from '../../../src/core/record.ts'
import { roomTag } from '../../../src/core/signal.ts'
import { Recorder, type Waiting } from '../../../src/elements/dashboard/recorder.ts'
import { type JoinOptions, join } from '../../../src/room/joining.ts'
import type { Room } from '../../../src/room/room.ts'
import { MemorySwarm } from '../../swarm.ts'

/** 2026-11-21, 12:00 UTC. */
export const NOON = 1_795_262_400 as UnixTime
export const NAME = { app: 'peerset', room: 'lobby' }
export const KEY = new SecretKey(new Uint8Array(32).fill(7))

/** Waits for nothing: redraws and ticks happen when a test says so. */
export class Pacer implements Waiting {
  readonly #redraws: (() => void)[] = []
  #tick: (() => void) | null = null

  readonly redraw = (work: () => void): void => {
    this.#redraws.push(work)
  }

  readonly every = (_milliseconds: number, work: () => void): (() => void) => {
    this.#tick = work
    return () => {
      this.#tick = null
    }
  }

  /** How many redraws wait. */
  get waiting(): number {
    return this.#redraws.length
  }

  /** Draw. */
  draw(): void {
    for (const work of this.#redraws.splice(0)) work()
  }

  /** Let a second pass. */
  tick(): void {
    this.#tick?.()
  }
}

/** Sign a record of the lobby, *secondsAgo* before noon. */
export function written(content: string, secondsAgo = 0, tags: readonly (readonly string[])[] = []): Record {
  const createdAt = (NOON - secondsAgo) as UnixTime
  return signRecord(KEY, { createdAt, kind: KIND_RECORD, tags: [['h', roomTag(NAME)], ...tags], content })
}

/** Join the lobby with *count* rooms that meet, and whose clocks stand at noon. */
export async function meet(count: number, options: JoinOptions = {}): Promise<Room[]> {
  const swarm = new MemorySwarm()
  const now: JoinOptions['now'] = () => ({ monotonic: (performance.now() / 1_000) as never, unix: NOON })
  return await Promise.all(
    Array.from({ length: count }, () =>
      join('lobby', { store: 'memory', transport: swarm.transport(), now, ...options }),
    ),
  )
}

/** Join alone, with *records*, and begin to note down what happens. */
export async function watched(records: readonly Record[] = [], options: JoinOptions = {}) {
  const [room] = (await meet(1, { key: KEY, ...options })) as [Room]
  const pacer = new Pacer()
  const recorder = new Recorder(room, pacer)
  recorder.open()
  await room.add(records)
  return { room, recorder, pacer }
}
