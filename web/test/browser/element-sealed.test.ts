/** `<peerset-room>` in a sealed room: it asks for the secret, opens by it, forgets it, and says why what is hidden is hidden. */

import { expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { LOBBY, run, seen, visits } from './visit.ts'

const [SECRET, OTHER] = vectors.secrets.map(({ text }) => text) as [string, string]

const visit = visits()

test('a sealed room asks for the secret, says plainly that another is none, and is read and written by the right one', async () => {
  const page = await visit.open()
  await run(page, 'confide', SECRET)
  await run(page, 'say', { number: 0, content: 'hush' })
  await run(page, 'show', LOBBY)
  const room = page.locator('peerset-room')
  await room.getByText('1 record here is sealed').waitFor()
  await room.locator('[part=list]').getByText('What is here is sealed.').waitFor()
  expect(await room.locator('textarea').count()).toBe(0)
  const give = async (secret: string) => {
    await room.getByLabel('Give the secret').fill(secret)
    await room.getByRole('button', { name: 'Open' }).click()
  }
  await give(SECRET.slice(0, -1))
  await room.getByRole('alert').getByText('seal1... must have').waitFor()
  await give(OTHER)
  await room.getByText('This secret opens none of the 1 sealed record here').waitFor()
  await give(SECRET)
  await seen(room, ['hush'])
  await expect.poll(() => room.locator('[part=sealed]').textContent()).toBe('sealed, open here')
  await room.evaluate((element: PeersetRoom) => element.publish('ours'))
  await seen(room, ['hush', 'ours'])
  const markup = await room.evaluate((element: PeersetRoom) => element.outerHTML + element.shadowRoot?.innerHTML)
  expect(markup).not.toContain(SECRET)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  expect(kept).not.toContain(SECRET)
})

test('a page gives the secret by the property, and never by an attribute', async () => {
  const page = await visit.open()
  await run(page, 'confide', SECRET)
  await run(page, 'say', { number: 0, content: 'hush' })
  await run(page, 'show', { attributes: { room: 'lobby', seal: OTHER }, asked: { seal: SECRET } })
  const room = page.locator('peerset-room')
  await seen(room, ['hush'])
  expect(await room.getAttribute('seal')).toBe(OTHER)
  await run(page, 'ask', { seal: null })
  await room.getByText('1 record here is sealed').waitFor()
})

test('a secret that is none is named as what is wrong', async () => {
  const page = await visit.open()
  await run(page, 'show', { ...LOBBY, asked: { seal: 'seal1nothing' } })
  await page.locator('peerset-room').getByText('seal1... must have').waitFor()
})

test('what is not shown is listed with the reason, once the visitor asks', async () => {
  const [page, room] = await visit.meet()
  await run(page, 'say', { number: 0, content: 'too loud' })
  await seen(room, ['too loud'])
  await room.evaluate(async (element: PeersetRoom) => {
    const [record] = await element.records()
    await element.peer?.moderation.mute(record?.author ?? '')
  })
  await seen(room, [])
  expect(await room.locator('[part=mark]').count()).toBe(0)
  await room.getByText('What is not shown').click()
  await expect.poll(() => room.locator('[part=reason]').allTextContents()).toEqual([expect.stringMatching(/^mute: /)])
  expect(await room.locator('[part=mark]').textContent()).toContain('too loud')
})
