import { expect, test } from 'vitest'
import { State, TRANSITIONS } from '../../src/protocol/stages.ts'

test.each([State.IDLE, State.SETTLED])('between rounds (%s) only a root leads anywhere', state => {
  const { Root, ...leftovers } = TRANSITIONS[state]
  expect(Root).toBe(State.COMPARING)
  expect(Object.keys(leftovers)).toEqual(['Days', 'Sketch', 'More', 'Ranges', 'Want', 'Lacking', 'Credit', 'Fin'])
  expect(new Set(Object.values(leftovers))).toEqual(new Set([state]))
})

test('once the difference is known nothing more is compared', () => {
  for (const kind of ['Days', 'Sketch', 'More', 'Ranges', 'Want'] as const) {
    expect(TRANSITIONS[State.COMPARING][kind]).toBe(State.COMPARING)
    expect(TRANSITIONS[State.FETCHING][kind]).toBeUndefined()
  }
})
