/** Where a fold stood, kept in the store, so that the next page goes on from there. */

import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { RecordId } from '../core/record.ts'
import { shown } from '../core/typed.ts'
import { readBookmark } from '../documents/change.ts'
import { readViewName } from '../documents/view.ts'
import { ConfigError, CursorError, StoreError } from '../errors.ts'
import type { Desk } from './desk.ts'
import type { Checkpoint } from './foldline.ts'

/** The kind of the notes, whose keys are the names of folds. */
export const KIND = 'fold'
/** After so many more documents it is kept anew; fewer are folded again. */
export const KEPT_DOCUMENTS = 256

/** What keeping one asks of its room. */
type Keeping = Pick<Desk, 'notes' | 'note' | 'complain'>

type Kept = readonly [checkpoint: Checkpoint, since: string]

/**
 * Keeps one fold under its name. Of another version, or over other documents, it is none of ours.
 *
 * A state that no note can hold is not kept: the next page folds from the beginning.
 */
export class FoldKeeping {
  readonly name: string
  readonly #desk: Keeping
  readonly #said: readonly [version: number, digest: string]
  #count = 0
  #hasSaid = false

  /** Throws a ConfigError when a name or version cannot be meant. */
  constructor(desk: Keeping, name: unknown, version: unknown, digest: string) {
    this.name = readViewName(name)
    this.#desk = desk
    this.#said = [readFoldVersion(version), digest]
  }

  /** Give where it stood, and up to which change; null when that is not known. */
  async load(): Promise<Kept | null> {
    const text = (await this.#desk.notes(KIND)).get(this.#key)
    const kept = text === undefined ? null : this.#read(text)
    this.#count = kept?.[0].count ?? 0
    return kept
  }

  /** Say whether a fold of so many documents has come far enough since the last time, or back. */
  isDue(count: number): boolean {
    return count > 0 && (count < this.#count || count >= this.#count + KEPT_DOCUMENTS)
  }

  /** Keep where it stands. */
  async save({ count, seat, text }: Checkpoint, since: string): Promise<void> {
    if (seat === null) return
    this.#count = count
    try {
      await this.#desk.note(KIND, this.#key, JSON.stringify([...this.#said, since, count, seat.stamp, seat.id, text]))
    } catch (error) {
      // Nothing is kept by a store that may not be written.
      if (error instanceof StoreError) return
      if (!(error instanceof ConfigError)) throw error
      if (!this.#hasSaid) this.#desk.complain(`the fold ${shown(this.name)} is not kept: ${error.message}`)
      this.#hasSaid = true
    }
  }

  get #key(): string {
    return keyOf(this.name)
  }

  #read(text: string): Kept | null {
    try {
      const [version, digest, since, count, stamp, id, state] = JSON.parse(text)
      if (version !== this.#said[0] || digest !== this.#said[1]) return null
      readBookmark(since)
      JSON.parse(state)
      const seat = { values: [], stamp: Number(stamp), id: String(id) as RecordId }
      return [{ count: Number(count), seat, text: String(state) }, String(since)]
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError || error instanceof CursorError) return null
      throw error
    }
  }
}

/** Read a version of a fold; throws a ConfigError when it cannot be meant. */
export function readFoldVersion(version: unknown): number {
  if (Number.isSafeInteger(version) && Number(version) >= 0) return Number(version)
  throw new ConfigError(`a version of a fold is a whole number from 0, not ${shown(version)}`)
}

/** Keep the fold *name* no more. */
export async function forget(desk: Pick<Desk, 'note'>, name: string): Promise<void> {
  await desk.note(KIND, keyOf(name), null)
}

function keyOf(name: string): string {
  return bytesToHex(utf8ToBytes(name))
}
