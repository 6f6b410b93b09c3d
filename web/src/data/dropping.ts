/** Forgetting what was made of records. Loaded once somebody does. */

import { several } from '../core/typed.ts'
import { readName } from '../documents/definition.ts'
import { readViewName } from '../documents/view.ts'
import type { Desk } from './desk.ts'

/** What is to be forgotten, by names: of this page, of another tab, or of an earlier page. */
export interface Names {
  readonly collection?: string | Iterable<string> | undefined
  readonly view?: string | Iterable<string> | undefined
  readonly fold?: string | Iterable<string> | undefined
}

/** Forget collections, views and folds; the records stay. */
export async function drop(desk: Desk, { collection = [], view = [], fold = [] }: Names): Promise<void> {
  const collections = namesIn(collection, readName)
  const [views, folds] = [namesIn(view, readViewName), namesIn(fold, readViewName)]
  for (const name of views) await (await import('./views.ts')).dropView(desk, name)
  for (const name of folds) await (await import('./folds.ts')).dropFold(desk, name)
  for (const name of collections) {
    // At once, so that what is declared again meanwhile is another one; others are told before they find it gone.
    const told = desk.tell({ type: 'ProjectionDropped', what: 'collection', name })
    await Promise.all([told, desk.documents.drop([name])])
  }
}

function namesIn(given: string | Iterable<string>, read: (name: unknown) => string): string[] {
  return several(given).map(read)
}
