/** Documents of a store that may be lost and opened anew: what was declared is declared again wherever it goes on. */

import type { Definition } from '../documents/definition.ts'
import type { DocumentStore } from '../ports.ts'
import { ask, forwarding } from './forwarding.ts'
import { Listeners } from './listeners.ts'
import type { BitsOf } from './projector.ts'

/** Asks the documents where they are now, again and elsewhere when they are lost meanwhile. */
export type Ask = <Result>(work: (documents: DocumentStore) => Promise<Result>) => Promise<Result>

/** Give documents that move. */
export function moving(where: Ask): DocumentStore {
  const definitions = new Map<string, Definition>()
  const listeners = new Listeners()
  let bitsOf: BitsOf | null = null
  let current: DocumentStore | null = null
  /** Declare everything where the documents are now. */
  const settle = async (documents: DocumentStore) => {
    current = documents
    documents.watch(changed => listeners.tell(changed))
    if (definitions.size === 0) return
    await documents.define([...definitions.values()])
    while ((await documents.build()) > 0);
    await documents.heed(bitsOf)
    listeners.tell(new Map([...definitions.keys()].map(name => [name, null])))
  }
  const go = (work: (documents: DocumentStore) => Promise<unknown>) =>
    where(async documents => {
      if (current !== documents) await settle(documents)
      return await work(documents)
    })
  return forwarding((method, ...given) => go(documents => ask(documents, method, given)), {
    define: async given => {
      await go(documents => documents.define(given))
      for (const each of given) definitions.set(each.name, each)
    },
    drop: async names => {
      await go(documents => documents.drop(names))
      for (const name of names) definitions.delete(name)
    },
    heed: async given => {
      bitsOf = given
      await go(documents => documents.heed(given))
    },
    watch: listener => listeners.add(listener),
  })
}
