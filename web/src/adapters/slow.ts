/** Which queries read much to give little: each kind is told of once, with the index to declare. Loaded by the first. */

import { shown } from '../core/typed.ts'
import { kindOf } from '../documents/asking.ts'
import type { Definition } from '../documents/definition.ts'
import type { Plan } from '../documents/plan.ts'
import { choose } from './access.ts'
import { described } from './explaining.ts'

/** Of so many kinds of queries of one store it is told. */
export const KINDS_MAX = 256

/** What was told of whose queries. */
const told = new WeakMap<object, Set<string>>()

/** Tell the console, once, that queries such as *plan* of *store* read so many *rows* to give so few. */
export function tell(
  store: object,
  definition: Definition,
  plan: Plan,
  { rows, given }: { readonly rows: number; readonly given: number },
): void {
  const kinds = told.get(store) ?? new Set()
  told.set(store, kinds)
  const kind = `${shown(plan.collection)} (${kindOf(plan)})`
  if (kinds.has(kind) || kinds.size >= KINDS_MAX) return
  kinds.add(kind)
  const help = described(definition, plan, choose(definition, plan)).advice || 'no index would help'
  // biome-ignore lint/suspicious/noConsole: whoever writes the page reads it, as the log of a Python program
  console.warn(`peerset: a query of ${kind} read ${rows} rows to give ${given}: ${help}`)
}
