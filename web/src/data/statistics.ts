/** How long the queries of collections take, by their form: for who looks on, while they look on. */

import type { Order } from '../documents/order.ts'
import type { Plan } from '../documents/plan.ts'
import type { Conditions } from '../documents/where.ts'
import type { DocumentStore } from '../ports.ts'

/** So many forms are kept; the one that was not asked for longest goes first. */
export const FORMS_MAX = 100
/** Of so many times of one form the middle is told. */
export const TIMES_MAX = 64

/** One form of query: without values, so that nothing private stands in it. */
export interface QueryFigures {
  readonly collection: string
  /** Such as `find city =, stars gte, order -time`. */
  readonly text: string
  readonly count: number
  /** The middle of the last times. */
  readonly milliseconds: number
  readonly mostMilliseconds: number
}

interface Form {
  readonly collection: string
  readonly text: string
  readonly times: number[]
  count: number
  most: number
}

type Asking = Pick<DocumentStore, 'find' | 'count' | 'aggregate'>

/** Called with a question; what it gives, once that is answered. */
type Begin = (what: string, plan: Plan) => () => void

/** Who looks on, by store: each is wrapped once, so that nobody puts back what another still uses. */
const watched = new WeakMap<Asking, Set<Begin>>()

/** Keeps the times of what is asked of stores. */
export class Statistics {
  readonly #forms = new Map<string, Form>()
  readonly #clock: () => number

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /** Time what is asked of *store*, until what is given back is called. */
  watch(store: Asking): () => void {
    const watchers = watched.get(store) ?? wrap(store)
    const begin: Begin = (what, plan) => {
      const begun = this.#clock()
      return () => this.#note(plan.collection, `${what} ${formOf(plan)}`, this.#clock() - begun)
    }
    watchers.add(begin)
    return () => void watchers.delete(begin)
  }

  /** Give the forms, the slowest first. */
  slowest(): QueryFigures[] {
    const figures = Array.from(this.#forms.values(), ({ collection, text, times, count, most }) => {
      return { collection, text, count, milliseconds: middleOf(times), mostMilliseconds: most }
    })
    return figures.sort((one, other) => other.milliseconds - one.milliseconds)
  }

  #note(collection: string, text: string, milliseconds: number): void {
    const name = `${collection} ${text}`
    const form = this.#forms.get(name) ?? { collection, text, times: [], count: 0, most: 0 }
    this.#forms.delete(name)
    this.#forms.set(name, form)
    form.count += 1
    form.most = Math.max(form.most, milliseconds)
    form.times.push(milliseconds)
    if (form.times.length > TIMES_MAX) form.times.shift()
    const [oldest] = this.#forms.keys()
    if (this.#forms.size > FORMS_MAX && oldest !== undefined) this.#forms.delete(oldest)
  }
}

/** Let any number look on at *store*; a question that is refused is no time. */
function wrap(store: Asking): Set<Begin> {
  const watchers = new Set<Begin>()
  const time = async <T>(what: string, plan: Plan, ask: () => Promise<T>): Promise<T> => {
    const ends = Array.from(watchers, begin => begin(what, plan))
    const answer = await ask()
    for (const end of ends) end()
    return answer
  }
  const { find, count, aggregate } = store
  store.find = plan => time('find', plan, () => find.call(store, plan))
  store.count = plan => time('count', plan, () => count.call(store, plan))
  store.aggregate = (plan, ...rest) => time('aggregate', plan, () => aggregate.call(store, plan, ...rest))
  watched.set(store, watchers)
  return watchers
}

/** Write what *plan* asks, without the values. */
export function formOf({ where, words, order }: Plan): string {
  const parts = [textOf(where), words.length > 0 ? 'text' : '', `order ${fieldsOf(order).join(' ')}`]
  return parts.filter(Boolean).join(', ')
}

/** Write the fields of *order*, as `namesOf` does: that would bring the whole of collections along. */
export function fieldsOf(order: Order): string[] {
  return order.map(({ field, isDescending }) => `${isDescending ? '-' : ''}${field}`)
}

function textOf(where: Conditions): string {
  return where
    .map(each => ('branches' in each ? `(${each.branches.map(textOf).join(' or ')})` : `${each.field} ${each.op}`))
    .join(', ')
}

function middleOf(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
}
