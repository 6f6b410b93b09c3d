/** Figures over documents in a page. Loaded once somebody asks for any. */

import type { Figure } from '../documents/plan.ts'
import { sumOf } from '../documents/sums.ts'
import { compareRanks, NOTHING, rank, type Scalar } from '../documents/value.ts'
import { type Stored, scalarOfDoc } from './doc.ts'

/** Compute *figures*, over all or for each value of *by*. */
export function aggregated(
  docs: readonly Stored[],
  figures: readonly Figure[],
  by: string | null,
): { readonly [name: string]: Scalar }[] {
  const groups = new Map<string, [value: Scalar, docs: Stored[]]>(by === null ? [['', [null, []]]] : [])
  for (const doc of docs) {
    const value = by === null ? null : scalarOfDoc(doc, by)
    const name = by === null ? '' : JSON.stringify([value])
    const group = groups.get(name) ?? [value, []]
    groups.set(name, group)
    group[1].push(doc)
  }
  const rows = [...groups.values()].sort(([one], [other]) => compareRanks(rank(one), rank(other)))
  return rows.map(([value, inside]) => {
    const found = figures.map(figure => [figure.name, figureOf(figure, inside)])
    return Object.fromEntries([...(by === null ? [] : [[by, value]]), ...found])
  })
}

function figureOf({ function: name, field }: Figure, docs: readonly Stored[]): Scalar {
  if (field === null) return docs.length
  const values = docs.map(doc => scalarOfDoc(doc, field)).filter(value => rank(value) !== NOTHING)
  // A boolean counts as 0 or 1.
  const numbers = values.filter(value => typeof value !== 'string').map(Number)
  if (name === 'sum' || name === 'mean') {
    const sum = numbers.length === 0 ? null : sumOf(numbers)
    return sum === null || name === 'sum' ? sum : sum / numbers.length
  }
  const sorted = values.sort((one, other) => compareRanks(rank(one), rank(other)))
  return (name === 'min' ? sorted[0] : sorted.at(-1)) ?? null
}
