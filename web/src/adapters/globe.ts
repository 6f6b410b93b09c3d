/** Finds documents by their places, in cells of the globe. Loaded with the first collection that has any. */

import type { Definition } from '../documents/definition.ts'
import { type CellRange, cellOf, rangesOf } from '../documents/morton.ts'
import type { Plan } from '../documents/plan.ts'
import { valueAt } from '../documents/value.ts'
import { type Box, type Circle, type Condition, type Op, pointOf } from '../documents/where.ts'
import type { Access } from './access.ts'
import type { Part, Stored } from './doc.ts'
import type { Shelf } from './documents.ts'

/** The field of cells, which no array has. */
const CELLS = '.'
/** Of 52 bits. */
const CELL_DIGITS = 13
const AREAS: readonly Op[] = ['within', 'near']
/** So few rows are always read and sorted, rather than looked for in order. */
export const FEWEST = 256
/** Of a document that is read and tested, beside one that is sorted. */
const TESTED_COST = 8

/** Give under what a document that is seen is found by its place. */
export function cellsOf({ place }: Definition, { collection, value }: Stored): Part[] {
  const point = place === null ? null : pointOf(valueAt(value, place))
  return point === null ? [] : [[collection, CELLS, textOf(cellOf(...point))]]
}

/** Give where to read: at *access*, or where places lie, if these are fewer than would be read there. */
export async function led(
  shelf: Pick<Shelf, 'count'>,
  definition: Definition,
  plan: Plan,
  access: Access,
): Promise<readonly Access[]> {
  const area = areaOf(definition, plan)
  if (area.length === 0) return [access]
  const counts = await Promise.all(area.map(each => shelf.count(plan.collection, each)))
  const count = counts.reduce((sum, each) => sum + each, 0)
  if (count <= FEWEST) return area
  const rows = await shelf.count(plan.collection, access)
  // To walk in order until a page is full takes so many, where they lie about.
  const most = access.isOrdered ? Math.sqrt(TESTED_COST * plan.limit * rows) : rows
  return count <= most ? area : [access]
}

/** Give where all lies that the place of *plan* leaves; nothing where it asks for none. */
function areaOf({ place }: Definition, { where }: Plan): Access[] {
  const asked = where.find((part): part is Condition => 'op' in part && part.field === place && AREAS.includes(part.op))
  return asked === undefined ? [] : rangesOf(asked.value as unknown as Box | Circle).map(accessOf)
}

function accessOf([first, last]: CellRange): Access {
  const part = { field: CELLS, from: textOf(first), to: textOf(last), isBeginning: true }
  const everywhere = { lower: '', upper: null, isBackward: false, isOrdered: false, isExact: false }
  return { index: '', terms: null, ...everywhere, part }
}

/** Write the number of a cell, so that it sorts as numbers do. */
function textOf(number: number): string {
  return number.toString(16).padStart(CELL_DIGITS, '0')
}
