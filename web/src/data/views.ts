/** Views of a room: tables that a function of the user keeps from every change, and that others read. Loaded by name. */

import type { Json } from '../core/action.ts'
import { isUnread } from '../core/record.ts'
import { several, shown } from '../core/typed.ts'
import { readName } from '../documents/definition.ts'
import { collectionOf } from '../documents/document.ts'
import { encodeKey, type ViewKey } from '../documents/keys.ts'
import type { Scalar } from '../documents/value.ts'
import { type Range, readRange, readViewName, VIEW_BATCH, type ViewStep } from '../documents/view.ts'
import { ConfigError, ViewError } from '../errors.ts'
import type { ViewPage } from '../ports.ts'
import type { Desk } from './desk.ts'
import { keepUp, reasonOf } from './pulse.ts'
import { readRow, Table } from './table.ts'

const VERSION_MAX = 2 ** 31

/** How a view is kept. */
export interface ViewOptions {
  /** Another one than before begins anew; 1 unless said otherwise. */
  readonly version?: number | undefined
  /** It takes the changes of these collections alone. */
  readonly collection?: string | Iterable<string> | undefined
}

/** Keep the view *name* by *step*; it follows in the background from then on. */
export async function openView(desk: Desk, name: unknown, options: unknown, step: unknown): Promise<View> {
  const [wish, given] = typeof options === 'function' ? [{}, options] : [options ?? {}, step]
  const view = new View(desk, readViewName(name), wish as ViewOptions, given as ViewStep)
  const views = known.get(desk.room) ?? new Map<string, View>()
  known.set(desk.room, views)
  if (views.has(view.name)) throw new ConfigError(`there is a view ${shown(view.name)} already`)
  views.set(view.name, view)
  try {
    await view.open()
  } catch (error) {
    views.delete(view.name)
    throw error
  }
  const stop = desk.on(event => {
    if (event.type !== 'ProjectionDropped' || event.what !== 'view' || event.name !== view.name) return
    stop()
    view.end()
    views.delete(view.name)
  })
  void keepUp(view, desk)
  return view
}

const known = new WeakMap<object, Map<string, View>>()

/** Forget a view here, with all that it keeps, whoever declared it; it stops in all tabs. */
export async function dropView(desk: Desk, name: string): Promise<void> {
  const views = known.get(desk.room)
  const view = views?.get(name)
  await desk.tell({ type: 'ProjectionDropped', what: 'view', name })
  // Whoever makes another one of this name does so after that.
  if (view !== undefined) views?.set(name, view)
  try {
    await view?.settled()
    await desk.documents.log('dropView', name)
  } finally {
    if (views?.get(name) === view) views?.delete(name)
  }
}

/** A view. Made by `Room.view`. */
export class View {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly name: string
  readonly version: number
  /** Why it stopped; null while it goes on. */
  error: ViewError | null = null
  readonly #desk: Desk
  readonly #step: ViewStep
  readonly #isWanted: (name: string | null) => boolean
  /** One page after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(desk: Desk, name: string, { version = 1, collection = [] }: ViewOptions, step: ViewStep) {
    if (!Number.isInteger(version) || version < 0 || version >= VERSION_MAX) {
      throw new ConfigError(`a version of a view is a whole number from 0, not ${shown(version)}`)
    }
    if (typeof step !== 'function') throw new ConfigError(`a view is kept by a function, not by ${shown(step)}`)
    const names = (typeof collection === 'string' ? [collection] : several(collection)).map(readName)
    this.name = name
    this.version = version
    this.#desk = desk
    this.#step = step
    this.#isWanted = each => names.length === 0 || names.includes(each ?? '')
  }

  /** Have it in the store. */
  async open(): Promise<void> {
    await this.#desk.documents.log('openView', this.name, this.version)
  }

  /**
   * Wait until it has taken all that is saved now.
   *
   * Refused with a ViewError when it stopped; the cause is what its function threw.
   */
  async ready(): Promise<void> {
    this.#desk.checkOpen()
    while (!(await this.#advance()));
  }

  /** Forget it here, with all that it keeps; it is stopped from then on, in all tabs. */
  async drop(): Promise<void> {
    this.#desk.checkOpen()
    await dropView(this.#desk, this.name)
  }

  /** Take nothing more: it was dropped. */
  end(): void {
    this.error = new ViewError(`the view ${shown(this.name)} was dropped here`)
  }

  /** Wait until what it takes at this moment is written. */
  async settled(): Promise<void> {
    await this.#last.catch(() => {})
  }

  /** Give the value under *key*, or *fallback*, as far as it has come. */
  async get<T = Json>(key: ViewKey, fallback?: T): Promise<T> {
    this.#desk.checkOpen()
    const [text] = await this.#desk.documents.log('viewValues', this.name, [encodeKey(key)])
    return text === null || text === undefined ? (fallback as T) : (JSON.parse(text) as T)
  }

  /** Give the keys that begin with *prefix*, and their values, in order, as far as it has come. */
  async range(prefix: ViewKey = [], options: Range = {}): Promise<[key: Scalar[], value: Json][]> {
    this.#desk.checkOpen()
    const rows = { prefix: encodeKey(prefix), ...readRange(options) }
    return (await this.#desk.documents.log('viewRows', this.name, rows)).map(([key, text]) => readRow(key, text))
  }

  /** Take the next changes; say whether that is all there is. */
  #advance(): Promise<boolean> {
    const next = this.#last.then(
      () => this.#take(),
      () => this.#take(),
    )
    this.#last = next
    return next
  }

  async #take(): Promise<boolean> {
    if (this.error !== null) throw this.error
    const { documents } = this.#desk
    const page = await documents.log('viewPage', this.name, VIEW_BATCH)
    if (page.error !== null) throw this.#stopped(page.error)
    const table = new Table(
      async key => (await documents.log('viewValues', this.name, [key]))[0] ?? null,
      rows => documents.log('viewRows', this.name, rows),
    )
    const { end, cause } = await this.#steps(page, table)
    const error = cause === undefined ? null : reasonOf(cause)
    if (page.changes.length === 0 && page.isLast && cause === undefined) return true
    const isWritten = await documents.log('commitView', this.name, {
      turn: page.turn,
      end,
      writes: table.writes,
      error,
    })
    // Otherwise another tab wrote it, or it begins anew.
    if (isWritten && error !== null) throw this.#stopped(error, cause)
    return isWritten && page.isLast
  }

  /** Take a page; give how far that went, and what the function threw. */
  async #steps({ changes, end }: ViewPage, table: Table): Promise<{ end: string | null; cause?: unknown }> {
    let last: string | null = null
    for (const change of changes) {
      try {
        const isWanted = !isUnread(change.record) && this.#isWanted(collectionOf(change.record))
        if (isWanted) await this.#step(table, change)
      } catch (cause) {
        table.undo()
        return { end: last, cause }
      }
      table.commit()
      last = change.cursor
    }
    return { end }
  }

  #stopped(reason: string, cause?: unknown): ViewError {
    this.error = new ViewError(`the view ${shown(this.name)} stopped: ${reason}`, { cause })
    return this.error
  }
}
