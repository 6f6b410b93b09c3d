/** What a query asks, without the values that it asks for: by this, queries of one kind are counted and told of once. */

import { namesOf } from './order.ts'
import type { Plan } from './plan.ts'
import type { Conditions } from './where.ts'

/** Give the kind of a query, such as `city eq, stars gte, by -stars`. */
export function kindOf({ where, words, at, order }: Plan): string {
  const said = [...saidBy(where), ...(words.length > 0 ? ['text'] : []), ...(at === null ? [] : ['at'])]
  return [...said, `by ${namesOf(order).join(' ')}`].join(', ')
}

function saidBy(where: Conditions): string[] {
  return where.map(part =>
    'branches' in part
      ? `any(${part.branches.map(branch => saidBy(branch).join(' and ')).join(' or ')})`
      : `${part.field} ${part.op}`,
  )
}
