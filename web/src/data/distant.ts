/**
 * Documents that another tab keeps: everything is asked there, and what was declared is declared to whoever leads.
 * Loaded by pages of several tabs that declare a collection.
 */

import { ask, forwarding, METHODS, type Method } from '../adapters/forwarding.ts'
import { type Definition, type DefinitionOptions, define } from '../documents/definition.ts'
import { namesOf } from '../documents/order.ts'
import { ConfigError, LocalProtocolError } from '../errors.ts'
import type { DocumentStore } from '../ports.ts'

/** A collection as one tab tells another of it; what functions do stays behind. */
export type Told = readonly [
  name: string,
  schema: unknown,
  options: DefinitionOptions & { readonly onBehalf?: boolean | undefined },
]

/** Documents that another tab keeps. */
export interface Distant extends DocumentStore {
  /** Declare everything to whoever leads now; give the names of what that is. */
  renew(): Promise<readonly string[]>
  /** Declare a collection to nobody any more. */
  forget(name: string): void
}

/** Write what another tab is to declare. */
export function told({ name, schema, isShared, indexes, arrays, text, place, older, fits, speaker }: Definition): Told {
  const all = [...indexes.map(namesOf), ...arrays.map(field => `${field}[]`)]
  const also = older.map(({ name: other, fingerprint }) => ({ name: other, fingerprint }))
  return [
    name,
    schema?.json ?? null,
    { shared: isShared, onBehalf: speaker !== null, indexes: all, text, place, also, fits: fits && { check: null } },
  ]
}

/** Ask *documents* what another tab asks. */
export async function serve(documents: DocumentStore, method: string, given: readonly unknown[]): Promise<unknown> {
  const [first] = given as readonly (readonly Told[])[]
  if (method === 'define') return await documents.define(await Promise.all((first ?? []).map(definitionOf)))
  return METHODS.includes(method as Method) ? await ask(documents, method, given) : null
}

async function definitionOf([name, schema, { onBehalf, ...options }]: Told): Promise<Definition> {
  const speaker = onBehalf ? (await import('../core/grant.ts')).spokenFor : null
  return define(name, schema, { ...options, speaker })
}

/** Ask the tab that leads by *call*; *own* gives the documents of this tab once it leads itself. */
export function distant(
  call: (method: Method, ...given: readonly unknown[]) => Promise<unknown>,
  own: () => Promise<DocumentStore> | null,
): Distant {
  const definitions = new Map<string, Definition>()
  const declare = async (given: readonly Definition[]) => {
    const here = await own()
    if (here !== null) await here.define(given)
    else await call('define', given.map(told))
    for (const each of given) definitions.set(each.name, each)
  }
  /** Ask, and declare everything first where another tab leads now, which knows nothing of it. */
  const again: typeof call = async (method, ...given) => {
    try {
      return await call(method, ...given)
    } catch (error) {
      if (!(error instanceof ConfigError) || !error.message.startsWith(UNKNOWN)) throw error
      await renew()
      return await call(method, ...given)
    }
  }
  const renew = async () => {
    const names = [...definitions.keys()]
    if (names.length > 0) await declare([...definitions.values()])
    while (names.length > 0 && ((await call('build')) as number) > 0);
    return names
  }
  const documents = forwarding(again, {
    define: declare,
    drop: async names => {
      for (const name of names) definitions.delete(name)
      await call('drop', names)
    },
    heed: async () => {
      throw new LocalProtocolError('what is hidden is said where the documents are')
    },
    watch: () => {
      throw new LocalProtocolError('what changes is told by events')
    },
  })
  return { ...documents, renew, forget: name => void definitions.delete(name) }
}

const UNKNOWN = 'this store knows no collection'
