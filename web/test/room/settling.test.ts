import { expect, test } from 'vitest'
import { settle } from '../../src/room/settling.ts'

const nothing = { ask: () => {}, nextStep: async () => {} }

test('who asks again and again whether all is synced lets others have their turn', async () => {
  let turns = 0
  setTimeout(() => turns++)
  // Each ends at once: without a turn of the page in between, what waits would never come.
  for (let asked = 0; asked < 10_000 && turns === 0; asked++) await settle({ ...nothing, isSettled: () => true }, 0)
  expect(turns).toBe(1)
})

test('peers are asked once a second, whatever changes', async () => {
  let asked = 0
  let steps = 0
  const ask = () => {
    asked += 1
  }
  const nextStep = async () => {
    steps += 1
  }
  await settle({ ask, nextStep, isSettled: () => steps === 50 }, 60)
  expect(asked).toBe(1)
})

test('a time that is none is refused, and one that passes ends the wait', async () => {
  const never = { ...nothing, isSettled: () => false }
  await expect(settle(never, Number.NaN)).rejects.toThrow('a timeout is a number of seconds')
  await expect(settle(never, 0)).rejects.toThrow('no peer had an equal root within 0 s')
})
