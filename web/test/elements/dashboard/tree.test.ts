import { expect, test } from 'vitest'
import { pathFrom, treeOf } from '../../../src/elements/dashboard/tree.ts'

const cellsOf = (...counts: number[]) =>
  counts.map((count, place) => ({ first: 100 + place, last: 100 + place, count, days: Math.min(1, count) }))

test('the middle of what holds records is the top, and every node knows what is below it', () => {
  const nodes = treeOf(cellsOf(5, 1, 0, 2, 3, 0, 4))
  expect(nodes.map(({ place, depth, parent, total }) => [place, depth, parent, total])).toEqual([
    [0, 2, 1, 5],
    [1, 1, 2, 6],
    [3, 0, null, 15],
    [4, 2, 4, 3],
    [6, 1, 2, 7],
  ])
  expect(pathFrom(nodes, 4)).toEqual([3, 4, 2])
  expect(pathFrom(nodes, 5)).toEqual([])
})

test('one day with records is a tree of one node, and none are no tree', () => {
  const [cell] = cellsOf(3)
  expect(treeOf(cellsOf(3))).toEqual([{ ...cell, place: 0, depth: 0, parent: null, total: 3 }])
  expect(treeOf(cellsOf(0, 0))).toEqual([])
})

test('many days are a tree of few levels', () => {
  const nodes = treeOf(cellsOf(...Array.from({ length: 128 }, () => 1)))
  expect(Math.max(...nodes.map(({ depth }) => depth))).toBe(7)
  expect(nodes.find(({ parent }) => parent === null)?.total).toBe(128)
})
