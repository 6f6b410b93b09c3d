/** Says how a page's store finds what a query wants. Loaded once somebody asks. */

import type { Definition } from '../documents/definition.ts'
import { namesOf, TIME } from '../documents/order.ts'
import type { Explanation, Plan } from '../documents/plan.ts'
import { ARRAY } from '../documents/schema.ts'
import type { Condition } from '../documents/where.ts'
import { type Access, choose, LIMITS } from './access.ts'
import { type Globe, WORDS } from './doc.ts'
import type { Shelf } from './documents.ts'

/** Say in words how *plan* is found. */
export async function explained(
  shelf: Pick<Shelf, 'count'>,
  definition: Definition,
  plan: Plan,
  globe: Globe | null,
): Promise<Explanation> {
  const access = choose(definition, plan)
  const led = (await globe?.led(shelf, definition, plan, access)) ?? [access]
  const counts = await Promise.all(led.map(each => shelf.count(plan.collection, each)))
  const rowsRead = counts.reduce((sum, count) => sum + count, 0)
  return { ...described(definition, plan, access, led[0] !== access), rowsRead }
}

/** Say which index *access* is of, and what to declare in place of none. */
export function described(
  definition: Definition,
  plan: Plan,
  { index, terms, part }: Access,
  isByPlace = false,
): Omit<Explanation, 'rowsRead'> {
  const indexes = indexesOf(definition)
  if (isByPlace) return { index: [String(definition.place)], advice: '', indexes }
  if (part !== null) return { index: [part.field === WORDS ? TEXT : `${part.field}${ARRAY}`], advice: '', indexes }
  const fields = index === 't' ? null : namesOf(terms ?? [])
  return { index: fields, advice: index === 't' ? adviceFor(definition, plan) : '', indexes }
}

const TEXT = 'text'

/** Give all indexes of a collection, each as an `Explanation` names it. */
function indexesOf({ indexes, arrays, text, place }: Definition): string[][] {
  const parts = [...arrays.map(field => `${field}${ARRAY}`), ...(text.length > 0 ? [TEXT] : [])]
  const alone = place === null ? parts : [...parts, place]
  return [...indexes.map(namesOf), ...alone.map(name => [name])]
}

/** Name the index that would narrow what is read most. */
function adviceFor({ columns }: Definition, plan: Plan): string {
  const isColumn = (field: string) => columns.some(column => column.field === field)
  const conditions = plan.where.filter((part): part is Condition => 'op' in part)
  const equal = conditions.filter(({ op, field }) => op === 'eq' && isColumn(field)).map(({ field }) => field)
  const range = conditions.find(({ op, field }) => LIMITS.includes(op) && isColumn(field))?.field
  const order = plan.order.filter(({ field }) => field !== TIME && isColumn(field) && !equal.includes(field))
  const fields = [...new Set([...equal, ...(order.length > 0 ? namesOf(order) : range === undefined ? [] : [range])])]
  if (fields.length === 0) return ''
  return `declare indexes: [${fields.length === 1 ? `'${fields[0]}'` : `['${fields.join("', '")}']`}]`
}
