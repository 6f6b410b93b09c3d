/** Says how a page's store finds what a query wants. Loaded once somebody asks. */

import type { Definition } from '../documents/definition.ts'
import { namesOf, TIME } from '../documents/order.ts'
import type { Explanation, Plan } from '../documents/plan.ts'
import type { Condition } from '../documents/where.ts'
import { choose, LIMITS } from './access.ts'
import { WORDS } from './doc.ts'

/** Say in words how *plan* is found, when some *rowsRead* rows are read for it. */
export function explained(definition: Definition, plan: Plan, rowsRead: number): Explanation {
  const { index, terms, part } = choose(definition, plan)
  if (part !== null) return { index: [part.field === WORDS ? 'text' : `${part.field}[]`], rowsRead, advice: '' }
  const fields = index === 't' ? null : namesOf(terms ?? [])
  return { index: fields, rowsRead, advice: index === 't' ? adviceFor(definition, plan) : '' }
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
