/** What is to be computed over documents, read and checked. Loaded once somebody asks for any. */

import { shown } from '../core/typed.ts'
import { QueryError } from '../errors.ts'
import type { ColumnType, Definition } from './definition.ts'
import { OWN_FIELDS, TIME } from './order.ts'
import type { Figure } from './plan.ts'
import { isObject } from './value.ts'

export const FUNCTIONS: readonly string[] = ['count', 'sum', 'min', 'max', 'mean']

/**
 * Read what is to be computed, such as `{ n: 'count', best: 'max:stars' }`.
 *
 * Throws a QueryError when a function is unknown, or a field is no column.
 */
export function readFigures(definition: Definition, compute: unknown): Figure[] {
  if (!isObject(compute) || Object.keys(compute).length === 0) {
    const form = 'an object such as { n: "count", best: "max:stars" }'
    throw new QueryError(`figures are ${form}, not ${shown(compute)}`)
  }
  return Object.entries(compute).map(([name, text]) => readFigure(definition, name, text))
}

/** Make sure that *field* is a column, or a document's own, to compute with or to group by; else throw a QueryError. */
export function checkColumn({ columns }: Definition, field: unknown): string {
  const known = [...columns.map(column => column.field), ...OWN_FIELDS]
  if (typeof field === 'string' && known.includes(field)) return field
  throw new QueryError(`nothing can be computed of ${shown(field)}; there are: ${known.join(', ')}`)
}

function readFigure(definition: Definition, name: string, text: unknown): Figure {
  const [wanted = '', ...rest] = typeof text === 'string' ? text.split(':') : []
  const field = rest.join(':')
  if (!FUNCTIONS.includes(wanted) || (wanted === 'count') !== (field === '')) {
    throw new QueryError(`a figure is "count", or such as "max:stars" (${FUNCTIONS.join(', ')}), not ${shown(text)}`)
  }
  if (field === '') return { name, function: wanted, field: null }
  if (typeOf(definition, checkColumn(definition, field)) === 'text' && ['sum', 'mean'].includes(wanted)) {
    throw new QueryError(`there is no ${wanted} of texts, such as ${shown(field)}`)
  }
  return { name, function: wanted, field }
}

function typeOf({ columns }: Definition, field: string): ColumnType {
  return columns.find(column => column.field === field)?.type ?? (field === TIME ? 'number' : 'text')
}
