import { expect, test } from 'vitest'
import { step } from '../../../src/elements/dashboard/roving.ts'

const SIZE = { row: 50, column: 4 }

/** Give where a key leads from row 20, column 1: `step` is what a table asks; its focus is tried in Chromium. */
function from(key: string, ctrlKey = false, isRightToLeft = false) {
  const place = step({ key, ctrlKey }, { row: 20, column: 1 }, SIZE, isRightToLeft)
  return place === null ? null : [place.row, place.column]
}

test.each([
  ['ArrowDown', [21, 1]],
  ['ArrowUp', [19, 1]],
  ['ArrowRight', [20, 2]],
  ['ArrowLeft', [20, 0]],
  ['PageDown', [30, 1]],
  ['PageUp', [10, 1]],
  ['Home', [20, 0]],
  ['End', [20, 3]],
  ['Enter', null],
  ['a', null],
])('%s leads from row 20, column 1 to %j', (key, place) => {
  expect(from(key)).toEqual(place)
})

test('with Ctrl, Home and End lead to the first and the last of all', () => {
  expect([from('Home', true), from('End', true)]).toEqual([
    [0, 0],
    [49, 3],
  ])
})

test('where one reads from right to left, so do the arrows', () => {
  expect([from('ArrowRight', false, true), from('ArrowLeft', false, true)]).toEqual([
    [20, 0],
    [20, 2],
  ])
})

test('nothing leads out of the table', () => {
  expect(step({ key: 'ArrowUp', ctrlKey: false }, { row: 0, column: 0 }, SIZE)).toEqual({ row: 0, column: 0 })
  expect(step({ key: 'PageDown', ctrlKey: false }, { row: 49, column: 3 }, SIZE)).toEqual({ row: 49, column: 3 })
})
