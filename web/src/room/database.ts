/** The data side of a room: its records as documents, in collections. All that it opens is loaded then. */

import type { AnyKey } from '../core/typed.ts'
import type { Batch } from '../data/batch.ts'
import type { RoomChangesOptions } from '../data/changes.ts'
import type { Collection } from '../data/collection.ts'
import type { Declare } from '../data/declaring.ts'
import type { Names } from '../data/dropping.ts'
import type { Fold, FoldOptions } from '../data/folds.ts'
import type { Opened } from '../data/opening.ts'
import type { QueryFigures } from '../data/statistics.ts'
import type { Doc } from '../data/types.ts'
import type { View, ViewOptions } from '../data/views.ts'
import type { Change } from '../documents/change.ts'
import type { ViewStep } from '../documents/view.ts'
import type { Files } from '../drive/files.ts'
import type { Policy } from '../ports.ts'
import { Addressed } from './addressed.ts'

/**
 * Make an admission policy of the JSON Schemas of collections, by their names, for the `policies` of `join`.
 *
 * A document of one of these collections that does not fit its schema is refused. Refused with a ConfigError when a name or
 * a schema cannot be meant.
 */
export async function enforce(schemas: { readonly [collection: string]: unknown }): Promise<Policy> {
  return (await import('../data/enforcing.ts')).enforce(schemas)
}

/** Whose files are meant. */
export interface FilesOptions {
  /** Everybody's: each path has one file, whoever wrote it last. */
  readonly shared?: boolean | undefined
  readonly author?: AnyKey | undefined
}

/** What a `Room` is as a database. */
export abstract class Database extends Addressed {
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

  /** The collections that were declared by this room and not dropped, in that order. */
  get collections(): readonly Collection[] {
    return [...this.#collections.values()].filter(({ inside }) => inside.desk.isDropped !== true)
  }

  /** How often each kind of query was asked here, and how long it took; the slowest first. */
  get queries(): readonly QueryFigures[] {
    const [first] = this.#collections.values()
    return first?.inside.desk.statistics.figures() ?? []
  }

  /**
   * Give the files under this name: a collection of our own ones, or *shared* ones, or those of an *author*.
   *
   * Refused with a ConfigError for a name or an author that cannot be meant.
   */
  async files(name: string, { shared = false, author }: FilesOptions = {}): Promise<Files> {
    const { Files, SCHEMA } = await import('../drive/files.ts')
    return new Files(await this.collection(name, { schema: SCHEMA, shared }), author)
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
   * have one state. The state is JSON. With a *name* it is kept for the next page while it is short enough for a note of
   * the store, until another *version* says that *start* or *step* changed.
   *
   * Refused with a ConfigError when *start* is nothing that JSON can say, the name is none or taken, or there are too many
   * folds.
   */
  fold<T, State>(
    collection: Collection<T>,
    start: State,
    step: (state: State, doc: Doc<T>) => State,
    options: FoldOptions = {},
  ): Promise<Fold<T, State>> {
    return this.open('fold', collection, { start, step }, options)
  }

  /**
   * Forget here what was made of records, declared now, in another tab or in an earlier page: indexes, tables, states.
   *
   * Records stay, and nobody else is told. Live queries of a dropped *collection* end, and folds over it stop; a *view* or
   * *fold* stops, in every tab. What is declared again is made anew. Refused with a ConfigError when a name is none.
   */
  drop(names: Names): Promise<void> {
    return this.open('drop', names)
  }

  /** Open something that is not part of this script. */
  protected abstract open<Found>(what: keyof Opened, ...given: readonly unknown[]): Promise<Found>
}
