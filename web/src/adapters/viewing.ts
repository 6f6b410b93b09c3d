/** The log of changes of a store, and the views that follow it, as others ask for them. */

import { VIEWS_MAX } from '../core/limits.ts'
import { type Changes, readBookmark } from '../documents/change.ts'
import { ConfigError, CursorError } from '../errors.ts'
import type { ChangeStore, ViewCommit, ViewPage } from '../ports.ts'
import type { Journal, Rows, ViewState } from './journal.ts'
import { beginAnew, changesIn, disclosed, lastIn } from './log.ts'

/** Where a log lies. */
export interface Ground {
  read<Result>(work: (journal: Journal) => Promise<Result>): Promise<Result>
  write<Result>(work: (journal: Journal) => Promise<Result>): Promise<Result>
}

/** Reads a log, and keeps its views. */
export class Viewing implements ChangeStore {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  changes(
    since: string | null,
    options: { readonly limit: number; readonly withUntold?: boolean | undefined },
  ): Promise<Changes> {
    return this.#ground.read(journal => changesIn(journal, since, options))
  }

  lastChange(): Promise<string> {
    return this.#ground.read(lastIn)
  }

  openView(name: string, version: number): Promise<void> {
    return this.#ground.write(async journal => {
      const [known, views] = [await journal.view(name), await journal.views()]
      if (known?.version === version) return
      if (known === undefined && views.length >= VIEWS_MAX) {
        throw new ConfigError(`a room has at most ${VIEWS_MAX} views`)
      }
      beginAnew(journal, { name, version, since: null, error: null, turn: known?.turn ?? 0 })
    })
  }

  dropView(name: string): Promise<void> {
    return this.#ground.write(async journal => {
      journal.deleteView(name)
      await release(
        journal,
        (await journal.views()).filter(view => view.name !== name),
      )
    })
  }

  async viewPage(name: string, limit: number): Promise<ViewPage> {
    const page = await this.#ground.read(async journal => {
      const view = await viewIn(journal, name)
      const { turn, error, since } = view
      if (error !== null) return { turn, error, changes: [], end: '', isLast: false }
      try {
        const found = await changesIn(journal, since, { limit })
        return { ...found, turn, error, changes: await disclosed(journal, found.changes) }
      } catch (reason) {
        if (reason instanceof CursorError) return view
        throw reason
      }
    })
    if ('changes' in page) return page
    await this.#ground.write(async journal => {
      const view = await viewIn(journal, name)
      if (view.turn === page.turn) beginAnew(journal, view)
    })
    return await this.viewPage(name, limit)
  }

  commitView(name: string, { turn, end, writes, error }: ViewCommit): Promise<boolean> {
    return this.#ground.write(async journal => {
      const view = await journal.view(name)
      if (view?.turn !== turn) return false
      for (const [key, text] of writes) journal.putRow(name, key, text)
      const next = { ...view, since: end ?? view.since, error, turn: turn + 1 }
      journal.putView(next)
      await release(journal, [...(await journal.views()).filter(each => each.name !== name), next])
      return true
    })
  }

  viewRows(name: string, rows: Rows): Promise<[key: string, text: string][]> {
    return this.#ground.read(async journal => {
      await viewIn(journal, name)
      return await journal.rows(name, rows)
    })
  }

  viewValues(name: string, keys: readonly string[]): Promise<(string | null)[]> {
    return this.#ground.read(async journal => {
      await viewIn(journal, name)
      return await Promise.all(keys.map(async key => (await journal.row(name, key)) ?? null))
    })
  }
}

async function viewIn(journal: Journal, name: string): Promise<ViewState> {
  const view = await journal.view(name)
  if (view !== undefined) return view
  throw new ConfigError(`this store keeps no view "${name}"`)
}

/** Let go of what every one of *views* has seen. */
async function release(journal: Journal, views: readonly ViewState[]): Promise<void> {
  const reading = views.filter(({ error }) => error === null)
  const known = reading.map(({ since }) => (since === null ? 0 : readBookmark(since).known))
  await journal.release(Math.min(Number.MAX_SAFE_INTEGER, ...known))
}
