/** Documents that somebody else has: whatever is asked of them is passed on by name. */

import type { ChangeStore, DocumentStore } from '../ports.ts'

/** What is passed on; the others are for who is beside the documents. */
export type Method = Exclude<keyof DocumentStore, 'heed' | 'watch'>

/** All that may be asked by name. */
export const METHODS: readonly Method[] = [
  ...(['define', 'build', 'drop', 'find', 'count', 'aggregate', 'explain', 'misfits', 'registerVersions'] as const),
  ...(['heads', 'links', 'mark', 'marked', 'sweep', 'log'] as const),
]

/** Documents of which *own* is here, and everything else is asked by *ask*. */
export function forwarding<Own extends Partial<DocumentStore>>(
  ask: (method: Method, ...given: readonly unknown[]) => Promise<unknown>,
  own: Own,
): DocumentStore {
  const asked = METHODS.map(method => [method, (...given: readonly unknown[]) => ask(method, ...given)])
  return { ...Object.fromEntries(asked), ...own } as DocumentStore
}

/** Ask *whom* by name. */
export async function ask(
  whom: DocumentStore | ChangeStore,
  method: string,
  given: readonly unknown[],
): Promise<unknown> {
  const asked = whom as unknown as { [name: string]: (...given: readonly unknown[]) => unknown }
  return await asked[method]?.(...given)
}
