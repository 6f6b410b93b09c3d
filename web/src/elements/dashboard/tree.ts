/** The tree over what holds records, as it is drawn, balanced by midpoints. The room's root is computed over more: the empty days have nodes, too. */

import type { Cell } from './calendar.ts'

/** One cell in the tree. */
export interface TreeNode extends Cell {
  /** Its place among all cells, from 0. */
  readonly place: number
  /** Steps from the top of the tree. */
  readonly depth: number
  /** The node above, by its number; null at the top. */
  readonly parent: number | null
  /** Records of this cell and of all cells below it in the tree. */
  readonly total: number
}

/** Give the nodes over those of *cells* that hold records: the middle one is the top, the others are its two sides. */
export function treeOf(cells: readonly Cell[]): TreeNode[] {
  const filled = cells.flatMap((cell, place) => (cell.count > 0 ? [{ ...cell, place }] : []))
  const nodes: TreeNode[] = []
  const grow = (start: number, stop: number, depth: number, parent: number | null): number => {
    const middle = start + ((stop - start) >> 1)
    const here = filled[middle]
    if (start >= stop || here === undefined) return 0
    const below = grow(start, middle, depth + 1, middle) + grow(middle + 1, stop, depth + 1, middle)
    const total = here.count + below
    nodes[middle] = { ...here, depth, parent, total }
    return total
  }
  grow(0, filled.length, 0, null)
  return nodes
}

/** Give the numbers of the nodes from the one at *place* up to the top; none when nothing is there. */
export function pathFrom(nodes: readonly TreeNode[], place: number): number[] {
  const path: number[] = []
  const start = nodes.findIndex(node => node.place === place)
  for (let at: number | null = start < 0 ? null : start; at !== null; at = nodes[at]?.parent ?? null) path.push(at)
  return path
}
