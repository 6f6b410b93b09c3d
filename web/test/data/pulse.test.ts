import { expect, test } from 'vitest'
import { Pulse } from '../../src/data/pulse.ts'

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
