/** `<peerset-room>` with many records, long words, narrow pages, and readers from right to left. */

import { expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { brought, run, visits } from './visit.ts'

const visit = visits()

test('hundreds of records can be scrolled without more and more of the page being theirs', async () => {
  const [page, room] = await visit.meet()
  await brought(page, room, 800)
  await room.getByText('record 800', { exact: true }).waitFor()
  const list = room.locator('[part=list]')
  const rows = room.locator('li[data-id]')
  const oldest = () => rows.first().locator('[part=content]').textContent()
  for (let turn = 0; turn < 14; turn += 1) {
    const before = await oldest()
    await list.evaluate(element => element.scrollTo(0, 0))
    await room.getByRole('button', { name: 'Earlier' }).click()
    await expect.poll(oldest).not.toBe(before)
    await expect.poll(() => rows.count()).toBeLessThanOrEqual(500)
  }
  await expect.poll(() => oldest()).toBe('record 51')
  await room.getByRole('button', { name: 'Later' }).click()
  await expect.poll(oldest).toBe('record 101')
  await room.getByRole('button', { name: 'Newer records' }).click()
  await room.getByText('record 800', { exact: true }).waitFor()
  await expect.poll(() => rows.count()).toBe(50)
})

test.each(['ltr', 'rtl'])('long words and narrow pages break no layout where one reads %s', async direction => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { room: 'x'.repeat(64), collection: 'notes' } })
  const room = page.locator('peerset-room')
  await page.evaluate(direction => {
    document.documentElement.dir = direction
  }, direction)
  await room.evaluate(async (element: PeersetRoom) => {
    await element.publish('w'.repeat(4_000))
    await element.publish('שלום עולם, כאן הים רגוע מאוד הלילה')
    await element.publish({ text: 'ordinary', more: 'y'.repeat(500) })
  })
  await expect.poll(() => room.locator('li[data-id]').count()).toBe(3)
  for (const width of [760, 390, 320]) {
    await page.setViewportSize({ width, height: 700 })
    const wide = () =>
      room.evaluate(element => {
        const parts = [...(element.shadowRoot?.querySelectorAll<HTMLElement>('*') ?? [])]
        const { left, right } = element.getBoundingClientRect()
        return parts
          .filter(part => part.getClientRects().length > 0 && !part.closest('.unseen'))
          .filter(
            part => part.getBoundingClientRect().left < left - 1 || part.getBoundingClientRect().right > right + 1,
          )
          .map(part => part.outerHTML.slice(0, 80))
      })
    await expect.poll(wide, { message: `${width} pixels` }).toEqual([])
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
})

test('a code for another device covers nothing, and is scrolled where a page is small', async () => {
  const page = await visit.open()
  await page.setViewportSize({ width: 320, height: 480 })
  await run(page, 'link', { signaling: '', isOwner: true })
  await page.locator('[part=who]').click()
  await page.getByRole('button', { name: 'Link a device…' }).click()
  await page.locator('[part=linking-code]').waitFor()
  const edges = await page.locator('peerset-room').evaluate(element => {
    const edge = (part: Element) => Math.round(part.getBoundingClientRect().bottom)
    const root = element.shadowRoot ?? element
    const inside = [...root.querySelectorAll('[part=linking] > *')].map(edge)
    return { inside, writing: root.querySelectorAll('form[part=composer]').length, ends: [...root.children].map(edge) }
  })
  expect(edges.inside).toEqual([...edges.inside].sort((one, other) => one - other))
  expect(new Set(edges.inside).size).toBe(edges.inside.length)
  expect(edges.writing).toBe(1)
  expect(Math.max(...edges.ends)).toBeLessThanOrEqual(480)
})
