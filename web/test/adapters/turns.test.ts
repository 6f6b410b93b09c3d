import { expect, test } from 'vitest'
import { pause } from '../../src/adapters/turns.ts'

test('what waits has its turn in a pause', async () => {
  const order: string[] = []
  setTimeout(() => order.push('the page'))
  await new Promise(resolve => setTimeout(resolve))
  await pause()
  order.push('we')
  expect(order).toEqual(['the page', 'we'])
})
