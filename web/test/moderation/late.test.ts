import { expect, test } from 'vitest'
import { Late } from '../../src/moderation/late.ts'

test('a thing is made once, when somebody first asks for it', async () => {
  let count = 0
  const late = new Late(async () => ++count)
  expect(late.made).toBeNull()
  expect(await late.settled()).toBeNull()
  expect(await Promise.all([late.get(), late.get()])).toEqual([1, 1])
  expect([late.made, await late.settled()]).toEqual([1, 1])
})

test('what could not be made is tried again, and keeps nobody waiting', async () => {
  let isBroken = true
  const late = new Late(async () => {
    if (isBroken) throw new Error('offline')
    return 'made'
  })
  const asked = late.get()
  expect(await late.settled()).toBeNull()
  await expect(asked).rejects.toThrow('offline')
  isBroken = false
  expect(await late.get()).toBe('made')
})
