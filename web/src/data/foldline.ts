/** A state that is folded over documents in their linear order, and taken back when one comes late. */

import { FOLD_STATE_BYTES_MAX } from '../core/limits.ts'
import type { RecordId } from '../core/record.ts'
import type { Seat } from '../documents/order.ts'
import { writeJson } from '../documents/view.ts'

/** After so many documents a state is kept; of older ones, one at each doubled distance. */
export const CHECKPOINT_ENTRIES = 8

/** Gives the state after a document, from the one before it. */
export type FoldStep<State, Each> = (state: State, doc: Each) => State

/** A state as it was after *count* documents, the last of which stands at *seat*; null before all. */
export interface Checkpoint {
  readonly count: number
  readonly seat: Seat | null
  readonly text: string
}

/** A state, how far it has come, and states of before. */
export class FoldLine<State, Each> {
  state: State
  /** Of how many documents the state is. */
  count = 0
  /** Where the last of them stands. */
  seat: Seat | null = null
  /** How many documents were taken back, altogether. */
  undone = 0
  readonly #step: FoldStep<State, Each>
  readonly #first: Checkpoint
  #checkpoints: Checkpoint[] = []

  constructor(start: State, step: FoldStep<State, Each>) {
    this.#step = step
    this.#first = { count: 0, seat: null, text: writeState(start) }
    this.state = JSON.parse(this.#first.text) as State
  }

  /** Take documents that stand behind all before, in order; a document that is null has only a place. */
  fold(entries: Iterable<readonly [seat: Seat, doc: Each | null]>): void {
    for (const [seat, doc] of entries) {
      if (doc !== null) this.state = this.#step(this.state, doc)
      this.count += 1
      this.seat = seat
      if (this.count % CHECKPOINT_ENTRIES === 0) this.#keep(seat)
    }
  }

  /** Take back what stands at a moment or behind it; without an id, from the beginning of a stamp on. */
  undo(stamp: number, id: RecordId | null): void {
    if (this.seat === null || !isBefore(stamp, id, this.seat)) return
    const left = this.#checkpoints.findIndex(({ seat }) => seat !== null && isBefore(stamp, id, seat))
    if (left >= 0) this.#checkpoints = this.#checkpoints.slice(0, left)
    const last = this.#checkpoints.at(-1) ?? this.#first
    this.undone += this.count - last.count
    this.count = last.count
    this.seat = last.seat
    this.state = JSON.parse(last.text) as State
  }

  /** Where it is now. */
  get last(): Checkpoint {
    return { count: this.count, seat: this.seat, text: writeState(this.state) }
  }

  /** Go on from where an earlier line was. */
  resume(checkpoint: Checkpoint): void {
    this.count = checkpoint.count
    this.seat = checkpoint.seat
    this.state = JSON.parse(checkpoint.text) as State
    this.#checkpoints = [checkpoint]
  }

  /** After how many documents each kept state is. */
  get checkpoints(): number[] {
    return [this.#first, ...this.#checkpoints].map(({ count }) => count)
  }

  #keep(seat: Seat): void {
    // As text, since what follows may change the state in place.
    const text = writeState(this.state)
    const kept = new Map<number, Checkpoint>()
    for (const each of [...this.#checkpoints, { count: this.count, seat, text }]) {
      const distance = Math.floor((this.count - each.count) / CHECKPOINT_ENTRIES)
      const size = 32 - Math.clz32(distance)
      if (!kept.has(size)) kept.set(size, each)
    }
    this.#checkpoints = [...kept.values()]
  }
}

/** Write a state; throws a ConfigError when JSON cannot say it, or it is too long. */
export function writeState(state: unknown): string {
  return writeJson(state, 'fold', FOLD_STATE_BYTES_MAX)
}

/** Say whether a moment is that of *seat*, or before it. */
function isBefore(stamp: number, id: RecordId | null, seat: Seat): boolean {
  if (stamp !== seat.stamp || id === null) return stamp <= seat.stamp
  return id >= seat.id
}
