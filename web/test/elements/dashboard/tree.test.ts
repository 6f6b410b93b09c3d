import { expect, test } from 'vitest'
import { dayTree, pathFrom, treeOf } from '../../../src/elements/dashboard/tree.ts'
import { everything } from '../../../src/protocol/horizon.ts'
import { NOON } from './lobby.ts'

const TODAY = Math.floor(NOON / 86_400)

test('the middle day is the top, and every node knows what is below it', () => {
  const nodes = treeOf(Array.from({ length: 5 }, (_, place) => ({ day: 100 + place, count: place })))
  expect(nodes.map(({ day, depth, parent, total }) => [day, depth, parent, total])).toEqual([
    [100, 2, 1, 0],
    [101, 1, 2, 1],
    [102, 0, null, 10],
    [103, 2, 4, 3],
    [104, 1, 2, 7],
  ])
  expect(pathFrom(nodes, 3)).toEqual([3, 4, 2])
  expect(treeOf([])).toEqual([])
})

test('one day is a tree of one node', () => {
  expect(treeOf([{ day: 7, count: 3 }])).toEqual([{ day: 7, count: 3, place: 0, depth: 0, parent: null, total: 3 }])
})

test('the tree has the days that the root covers, and is balanced', () => {
  const nodes = dayTree(
    [
      { day: TODAY, count: 12 },
      { day: TODAY - 400, count: 5 },
    ],
    NOON,
  )
  expect(nodes).toHaveLength(91)
  expect(nodes.at(-1)?.day).toBe(everything(NOON) / 86_400 - 1)
  expect(Math.max(...nodes.map(({ depth }) => depth))).toBe(6)
  expect(nodes.filter(({ count }) => count > 0).map(({ day, count }) => [day, count])).toEqual([[TODAY, 12]])
  expect(nodes.find(({ parent }) => parent === null)?.total).toBe(12)
})
