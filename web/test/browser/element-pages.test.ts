import { expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { brought, run, shown, visits } from './visit.ts'

const visit = visits()

function isAtBottom(list: Element): boolean {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 2
}

/** The first record in view that is not cut off, and how far below the top of the list it is. */
function placeIn(list: Element): { text: string; top: number } | null {
  const { top } = list.getBoundingClientRect()
  for (const row of list.querySelectorAll('li[data-id]')) {
    const below = row.getBoundingClientRect().top - top
    if (below >= 0) return { text: row.querySelector('[part=content]')?.textContent ?? '', top: Math.round(below) }
  }
  return null
}

test('many records come in pages, the newest at the bottom and in view', async () => {
  const [page, room] = await visit.meet()
  await brought(page, room, 130)
  await shown(room, 50, 'record 130')
  await expect.poll(() => room.locator('[part=list]').evaluate(isAtBottom)).toBe(true)
  await room.getByRole('button', { name: 'Earlier' }).click()
  await expect.poll(() => room.locator('[part=content]').count()).toBe(100)
  await room.getByRole('button', { name: 'Earlier' }).click()
  await expect.poll(() => room.locator('[part=content]').first().textContent()).toBe('record 1')
  await expect.poll(() => room.getByRole('button', { name: 'Earlier' }).count()).toBe(0)
})

test('a reader of older records stays there, and is told that there are newer ones', async () => {
  const [page, room] = await visit.meet()
  await brought(page, room, 60)
  await shown(room, 50, 'record 60')
  const list = room.locator('[part=list]')
  await list.evaluate(element => {
    element.scrollTop = 300
  })
  const place = await list.evaluate(placeIn)
  await run(page, 'say', { number: 0, content: 'news' })
  const newer = room.getByRole('button', { name: 'Newer records' })
  await newer.waitFor()
  await expect.poll(() => list.evaluate(placeIn)).toEqual(place)
  await newer.click()
  await expect.poll(() => list.evaluate(isAtBottom)).toBe(true)
  await expect.poll(() => newer.isVisible()).toBe(false)
})

test('a reader who scrolls back in the frame in which records come is not taken to the newest', async () => {
  const [page, room] = await visit.meet()
  await brought(page, room, 60)
  await shown(room, 50, 'record 60')
  const places = await room.evaluate(async (element: PeersetRoom, script) => {
    const placeOf = new Function(`return ${script}`)() as (list: Element) => unknown
    const list = element.shadowRoot?.querySelector('[part=list]')
    if (!list) return []
    list.scrollTop = 300
    const before = placeOf(list)
    element.requestUpdate()
    await element.updateComplete
    return [before, placeOf(list)]
  }, String(placeIn))
  expect(places).toHaveLength(2)
  expect(places[1]).toEqual(places[0])
})
