/** What becomes of writes while the browser's storage is full. */

import type { RecordId } from '../core/record.ts'
import { StoreError } from '../errors.ts'
import type { Lens } from '../ports.ts'
import { emptied, type Row } from './database.ts'
import { type Change, gained, lost } from './weight.ts'

/** After nothing helped: browsers take their time to free what was deleted, and more need not be given up for that. */
export const FULL_REST_SECONDS = 60

/** So many shells for which there was no room are put there later. */
export const SHELLS_OWED_MAX = 8_192

/** The pauses before what did not fit is tried again, once something was given up for it. */
const PAUSES_MILLISECONDS = [0, 250, 1_000]

/** Gives something up for some *bytes*; says whether there is more room now. */
export type MakeRoom = (bytes: number) => Promise<boolean>

/** Has something given up for what does not fit, and knows what could not even be written about that. */
export class Fullness {
  /** Shows what is left of envelopes. */
  lens: Lens | null = null
  readonly #makeRoom: MakeRoom | undefined
  /** Nothing is given up before this, in milliseconds of the page. */
  #restsUntil = 0
  #shells: Row[] = []
  #changes: Change[] = []

  constructor(makeRoom: MakeRoom | undefined) {
    this.#makeRoom = makeRoom
  }

  /** Do *work*, which writes some *bytes*; where these do not fit, make room first. Throws what it fails with at last. */
  async fit(bytes: number, work: () => Promise<void>): Promise<void> {
    let last: unknown = null
    for (const milliseconds of [null, ...PAUSES_MILLISECONDS]) {
      if (milliseconds !== null) await new Promise(resolve => setTimeout(resolve, milliseconds))
      try {
        return await work()
      } catch (error) {
        if (!isFull(error)) throw error
        if (milliseconds === null && !(await this.#relieved(bytes))) throw error
        last = error
      }
    }
    this.#restsUntil = performance.now() + FULL_REST_SECONDS * 1_000
    throw last
  }

  /** Note that *rows* went, and there was no room for their shells. */
  owe(rows: readonly Row[]): void {
    // Those beyond come back from other peers after the next load of the page.
    this.#shells = [...this.#shells, ...rows.map(row => emptied(row, this.lens))].slice(0, SHELLS_OWED_MAX)
    this.#changes.push(...rows.map(lost))
  }

  /** What went, and is counted still. */
  get changes(): readonly Change[] {
    return this.#changes
  }

  /** Owe none of *ids*, and nothing from before *time*. */
  forget(ids: readonly RecordId[], time = 0): void {
    if (this.#shells.length === 0) return
    const gone = new Set(ids)
    this.#shells = this.#shells.filter(({ id, place }) => !gone.has(id) && place[0] >= time)
  }

  /** Have *write* put at most *count* shells there at a time, and what changes by that, while there is room. */
  async settle(
    count: number,
    write: (shells: readonly Row[], changes: readonly Change[]) => Promise<void>,
  ): Promise<void> {
    while (this.#shells.length > 0 || this.#changes.length > 0) {
      const [shells, changes] = [this.#shells.slice(0, count), this.#changes.slice()]
      try {
        await write(shells, [...changes, ...shells.map(gained)])
      } catch (error) {
        if (isFull(error)) return
        throw error
      }
      this.#shells.splice(0, shells.length)
      this.#changes.splice(0, changes.length)
    }
  }

  async #relieved(bytes: number): Promise<boolean> {
    return performance.now() >= this.#restsUntil && ((await this.#makeRoom?.(bytes)) ?? false)
  }
}

/** Say whether *error* means that the browser's storage is full. */
export function isFull(error: unknown): boolean {
  return error instanceof StoreError && error.cause instanceof DOMException && error.cause.name === 'QuotaExceededError'
}
