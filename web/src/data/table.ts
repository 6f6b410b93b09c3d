/** What a view's function writes of one page of changes: kept here until all of it is written at once. */

import type { Json } from '../core/action.ts'
import { decodeKey, encodeKey, endOf, type ViewKey } from '../documents/keys.ts'
import type { Scalar } from '../documents/value.ts'
import { type Range, readRange, type ViewWriter, writeValue } from '../documents/view.ts'
import type { ChangeStore } from '../ports.ts'

/** Reads the rows of one view. */
export type Rows = (rows: Parameters<ChangeStore['viewRows']>[1]) => ReturnType<ChangeStore['viewRows']>
/** Reads what is under one key of it. */
export type Value = (key: string) => Promise<string | null>

/** A writer over the rows of a view. */
export class Table implements ViewWriter {
  readonly #value: Value
  readonly #rows: Rows
  /** What was read. */
  readonly #known = new Map<string, string | null>()
  readonly #written = new Map<string, string | null>()
  /** What was there before each write for the change that is being taken. */
  #before: [key: string, text: string | null | undefined][] = []

  constructor(value: Value, rows: Rows) {
    this.#value = value
    this.#rows = rows
  }

  /** What is to be written. */
  get writes(): [key: string, text: string | null][] {
    return [...this.#written]
  }

  async get<T = Json>(key: ViewKey, fallback?: T): Promise<T> {
    const text = await this.#text(encodeKey(key))
    return text === null ? (fallback as T) : (JSON.parse(text) as T)
  }

  put(key: ViewKey, value: Json): void {
    this.#write(encodeKey(key), writeValue(value))
  }

  delete(key: ViewKey): void {
    this.#write(encodeKey(key), null)
  }

  async range(prefix: ViewKey = [], options: Range = {}): Promise<[key: Scalar[], value: Json][]> {
    const begin = encodeKey(prefix)
    const { limit, isReversed } = readRange(options)
    const own = [...this.#written].filter(([key]) => key >= begin && key < endOf(begin))
    // Some of what is there may have been deleted or replaced.
    const most = limit === null ? null : limit + own.length
    const found = new Map(await this.#rows({ prefix: begin, limit: most, isReversed }))
    for (const [key, text] of own) text === null ? found.delete(key) : found.set(key, text)
    const keys = [...found.keys()].sort()
    return (isReversed ? keys.reverse() : keys).slice(0, limit ?? keys.length).map(key => readRow(key, found.get(key)))
  }

  /** Keep what was written. */
  commit(): void {
    this.#before = []
  }

  /** Take back what was written since the last `commit`. */
  undo(): void {
    for (const [key, text] of this.#before.reverse()) {
      if (text === undefined) this.#written.delete(key)
      else this.#written.set(key, text)
    }
    this.#before = []
  }

  async #text(key: string): Promise<string | null> {
    const own = this.#written.get(key)
    if (own !== undefined) return own
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const text = await this.#value(key)
    this.#known.set(key, text)
    // It may have been written meanwhile.
    return this.#written.get(key) ?? text
  }

  #write(key: string, text: string | null): void {
    this.#before.push([key, this.#written.get(key)])
    this.#written.set(key, text)
  }
}

/** Read one row. */
export function readRow(key: string, text = 'null'): [key: Scalar[], value: Json] {
  return [decodeKey(key), JSON.parse(text) as Json]
}
