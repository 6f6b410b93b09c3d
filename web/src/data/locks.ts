/** Who writes one after the other. */

import type { DocumentStore } from '../ports.ts'

/** The last of those who write in the documents of a room, by name. */
const turns = new WeakMap<DocumentStore, Map<string, Promise<unknown>>>()

/** Do *work* once all is done that was to be done before under *name*. */
export async function inTurn<Result>(
  documents: DocumentStore,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const last = turns.get(documents) ?? new Map<string, Promise<unknown>>()
  turns.set(documents, last)
  const turn = (last.get(name) ?? Promise.resolve()).then(work, work)
  last.set(name, turn)
  try {
    return await turn
  } finally {
    if (last.get(name) === turn) last.delete(name)
  }
}
