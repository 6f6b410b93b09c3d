/** The element by its address: `src`, invitations, and `<peerset-share>`. */

import { expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { run, seen, visits } from './visit.ts'

const visit = visits()

test('a room is joined by its address, and by the invitation that a page was opened with', async () => {
  const page = await visit.open()
  await run(page, 'befriend', 1)
  await run(page, 'show', { attributes: { src: 'peerset:peerset/lobby' } })
  const room = page.locator('peerset-room')
  await run(page, 'say', { number: 0, content: 'hello' })
  await seen(room, ['hello'])
  expect(await room.locator('[part=name]').textContent()).toBe('lobby')
  await page.evaluate(() => {
    globalThis.location.hash = '#peerset:peerset/hall?password=secret'
  })
  await room.evaluate((element: PeersetRoom) => element.setAttribute('from-hash', ''))
  await expect.poll(() => room.locator('[part=name]').textContent()).toBe('hall')
  expect(await room.evaluate((element: PeersetRoom) => element.peer?.invitation())).toBe(
    'peerset:peerset/hall#password=secret',
  )
  expect(await page.evaluate(() => globalThis.location.hash)).toBe('')
  expect(page.url()).not.toContain('secret')
  expect(await room.getAttribute('src')).toBe('peerset:peerset/lobby')
})

test('a room is handed on as a link and a code, and its secrets only where that is wanted', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { id: 'lobby', room: 'lobby', password: 'secret' } })
  await page.evaluate(() =>
    document.body.insertAdjacentHTML('beforeend', '<peerset-share for="lobby"></peerset-share>'),
  )
  const share = page.locator('peerset-share')
  const link = share.locator('[part=link]')
  await expect
    .poll(async () => {
      if (!(await link.isVisible())) await share.getByRole('button', { name: 'Share' }).click()
      return await link.isVisible()
    })
    .toBe(true)
  expect(await link.textContent()).toBe(`${page.url().split('#')[0]}#peerset:peerset/lobby`)
  await share.getByRole('img', { name: 'QR code of the link' }).waitFor()
  await share.getByRole('checkbox').check()
  await expect.poll(() => link.textContent()).toContain('#peerset:peerset/lobby?password=secret')
  await share.getByRole('button', { name: 'Share' }).click()
  expect(await link.isVisible()).toBe(false)
})

test('secrets in the attribute src are refused, and an address that is none is told', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { src: 'peerset:peerset/lobby#password=secret' } })
  const problems = page.locator('peerset-room [part=problems]')
  await expect.poll(() => problems.textContent()).toContain('holds secrets')
  await page.locator('peerset-room').evaluate((element: PeersetRoom) => {
    element.src = 'peerset:lobby'
  })
  await expect.poll(() => problems.textContent()).toContain('an address names an app and a room')
})
