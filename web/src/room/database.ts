/** The data side of a room: its records as documents, in collections. All that it opens is loaded then. */

import type { Batch } from '../data/batch.ts'
import type { RoomChangesOptions } from '../data/changes.ts'
import type { Collection } from '../data/collection.ts'
import type { Declare } from '../data/declaring.ts'
import type { Fold } from '../data/folds.ts'
import type { Opened } from '../data/opening.ts'
import type { Doc } from '../data/types.ts'
import type { View, ViewOptions } from '../data/views.ts'
import type { Change } from '../documents/change.ts'
import type { ViewStep } from '../documents/view.ts'

/** What a `Room` is as a database. */
export abstract class Database {
  /**
   * Declare a collection: documents, registers or a log of one schema, found by their fields.
   *
   * Refused with a ConfigError for a name, schema or field that cannot be meant.
   */
  readonly collection: Declare = async (...given: readonly unknown[]) => {
    const found = await this.open<Collection>('collection', ...given)
    this.#collections.set(found.name, found)
    return found as never
  }

  readonly #collections = new Map<string, Collection>()

  /** The collections that were declared by this room, in that order. */
  get collections(): readonly Collection[] {
    return [...this.#collections.values()]
  }

  /** Begin a batch: what is put in is written by its `commit`, all at once or nothing. */
  async batch(): Promise<Batch> {
    return await this.open('batch')
  }

  /**
   * Give what changed since a cursor, or all that is seen; then, unless `live: false`, each new change, in the order of
   * arrival here, until the room is left.
   *
   * Throws CursorError when the log no longer reaches back so far: start over; ConfigError for what cannot be meant.
   */
  async *changes(options: RoomChangesOptions = {}): AsyncGenerator<Change> {
    yield* await this.open<AsyncGenerator<Change>>('changes', options)
  }

  /**
   * Let a function keep a table: it takes each change, once, and what it writes is kept together with how far it has
   * come. It follows in the background from then on; another version than before begins anew.
   *
   * Refused with a ConfigError for what cannot be meant, a name that is taken, or too many views.
   */
  view(name: string, options: ViewOptions, step: ViewStep): Promise<View> {
    return this.open('view', name, options, step)
  }

  /**
   * Keep `state = step(state, doc)` over the documents of a collection in their linear order, oldest first; it follows in
   * the background from then on. A document that comes late, or goes, takes it back to before; so all peers with one set
   * have one state. The state is JSON.
   *
   * Refused with a ConfigError when *start* is nothing that JSON can say, or there are too many folds.
   */
  fold<T, State>(
    collection: Collection<T>,
    start: State,
    step: (state: State, doc: Doc<T>) => State,
  ): Promise<Fold<T, State>> {
    return this.open('fold', collection, start, step)
  }

  /** Open something that is not part of this script. */
  protected abstract open<Found>(what: keyof Opened, ...given: readonly unknown[]): Promise<Found>
}
