import { expect, test } from 'vitest'
import { type Engine, SIGNED_BYTES } from '../../src/adapters/engine.ts'
import { checkInSlices } from '../../src/adapters/slices.ts'
import { pause } from '../../src/adapters/turns.ts'

const ODD: Engine = { name: 'noble', verify: signed => (signed[0] ?? 0) % 2 === 1 }

function numbered(count: number): Uint8Array {
  const signed = new Uint8Array(count * SIGNED_BYTES)
  for (let at = 0; at < count; at++) signed[at * SIGNED_BYTES] = at
  return signed
}

test.each([0, 10_000])('every signature has its flag in slices of %d ms', async milliseconds => {
  expect([...(await checkInSlices(ODD, numbered(5), milliseconds))]).toEqual([0, 1, 0, 1, 0])
  expect([...(await checkInSlices(ODD, numbered(0), milliseconds))]).toEqual([])
})

test('what waits has its turn between slices', async () => {
  const order: string[] = []
  const checking = checkInSlices(ODD, numbered(20), 0).then(() => order.push('checked'))
  await pause()
  order.push('the page')
  await checking
  expect(order).toEqual(['the page', 'checked'])
})
