/** `<peerset-room>` where only those write whom its owners let: it says so and whom to ask, takes a grant, and follows its end. */

import { expect, test } from 'vitest'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { run, seen, visits } from './visit.ts'

const [OWNER, VISITOR] = [49, 50].map(number => npub(new SecretKey(new Uint8Array(32).fill(number)).publicKey))

const visit = visits()

test('who has no grant reads, is told whom to ask, and writes once a grant is given; one for another key is refused', async () => {
  const page = await visit.open()
  await run(page, 'own')
  await run(page, 'say', { number: 0, content: 'welcome' })
  await run(page, 'enter', [])
  const room = page.locator('peerset-room')
  await seen(room, ['welcome'])
  await expect.poll(() => room.locator('[part=refused]').textContent()).toContain(`ask ${OWNER}`)
  expect(await room.locator('[part=refused]').textContent()).toContain('writers')
  expect(await room.locator('[part=own-key]').textContent()).toBe(VISITOR)
  await room.locator('[part=own-key] .key').click()
  await page.keyboard.press('Control+C')
  await room.getByLabel('If you were given a grant').press('Control+V')
  expect(await room.getByLabel('If you were given a grant').inputValue()).toBe(VISITOR)
  expect(await room.getByLabel('Write a record').isVisible()).toBe(false)
  const give = async (grant: string) => {
    await room.getByLabel('If you were given a grant').fill(grant)
    await room.getByRole('button', { name: 'Use it' }).click()
  }
  await give('nothing')
  await expect.poll(() => room.locator('#ungranted').textContent()).not.toBe('')
  await give(await run(page, 'grant', { seconds: 600, writer: 51 }))
  await expect.poll(() => room.locator('#ungranted').textContent()).toContain(`but you write as ${VISITOR}`)
  await give(await run(page, 'grant', { seconds: 600 }))
  await room.getByLabel('Write a record').fill('thanks')
  await room.getByRole('button', { name: 'Send' }).click()
  await seen(room, ['welcome', 'thanks'])
  expect(await room.locator('[part=permit]').count()).toBe(0)
})

test('a grant runs out while the visitor writes: it is said at once, and what stands in the field stays', async () => {
  const page = await visit.open()
  await page.clock.install()
  await run(page, 'own')
  await run(page, 'enter', [await run(page, 'grant', { seconds: 3_600 })])
  const room = page.locator('peerset-room')
  await room.getByLabel('Write a record').fill('half a sentence')
  // However long a busy machine took so far, the hour is over now.
  await page.clock.fastForward('01:00:01')
  await expect.poll(() => room.locator('[part=refused]').count()).toBe(1)
  expect(await room.locator('[part=refused]').textContent()).toContain('had run out')
  await room.getByLabel('If you were given a grant').fill(await run(page, 'grant', { seconds: 600 }))
  await room.getByRole('button', { name: 'Use it' }).click()
  await room.getByRole('button', { name: 'Send' }).click()
  await seen(room, ['half a sentence'])
})

test('an invitation that carries a grant lets its visitor write', async () => {
  const page = await visit.open()
  await run(page, 'own')
  await run(page, 'enter', [])
  const room = page.locator('peerset-room')
  await room.locator('[part=refused]').waitFor()
  await run(page, 'invite', [await run(page, 'grant', { seconds: 600 })])
  // Who is faster than the room is not unheard.
  await room.getByLabel('Write a record').fill('invited')
  await room.getByLabel('Write a record').press('Enter')
  await seen(room, ['invited'])
  await expect.poll(() => room.locator('[part=granted]').textContent()).toContain(`by a grant of ${OWNER} until`)
})
