import { expect, test } from 'vitest'
import { Pulse, reasonOf } from '../../src/data/pulse.ts'

test('no beat is missed, and whoever waits is woken at the end', async () => {
  let beat = () => {}
  let end = () => {}
  const pulse = new Pulse({
    on: listener => {
      beat = () => listener({ type: 'CurtainChanged' })
      return () => {}
    },
    keep: given => {
      end = given
      return () => {}
    },
  })
  beat()
  await pulse.wait(0)
  const waiting = Promise.all([pulse.wait(1), pulse.wait(1)])
  beat()
  await waiting
  expect([pulse.count, pulse.isOver]).toEqual([2, false])
  const last = pulse.wait(2)
  end()
  await last
  expect(pulse.isOver).toBe(true)
})

test('whatever a function of the user throws is worded', () => {
  const said = [new RangeError('too far'), 'a text', undefined, { code: 1 }].map(reasonOf)
  expect(said).toEqual([
    'RangeError: too far',
    'it threw "a text"',
    'it threw undefined',
    'it threw a value of type object',
  ])
})
