/** Two elements of one room in one page: one peer, and one author, whichever of them comes first. */

import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { LOBBY, run, seen, visits } from './visit.ts'

const SCHEMA = { type: 'object', properties: { name: { type: 'string' }, stars: { type: 'integer' } } }

const visit = visits()

async function standings(rooms: Locator, expected: readonly string[]): Promise<void> {
  const texts = () => rooms.locator('[part=status] [role=status]').allTextContents()
  await expect.poll(texts).toEqual(expected)
}

function authors(rooms: Locator): Promise<string[]> {
  return rooms.evaluateAll(elements => elements.map(element => (element as PeersetRoom).pen.publicKey))
}

async function publish(room: Locator, content: string): Promise<string> {
  return await room.evaluate(async (element: PeersetRoom, text) => (await element.publish(text)).author, content)
}

async function peersOf(page: Page): Promise<number | undefined> {
  return await page.evaluate(() => (globalThis as unknown as { peers: { peers: unknown[] }[] }).peers[0]?.peers.length)
}

test('two elements of a room are one peer and one author, and one stays joined when the other goes', async () => {
  const [page, rooms] = await visit.meet()
  await run(page, 'pair', {})
  await standings(rooms, ['in sync', 'in sync'])
  const [author, other] = await authors(rooms)
  expect(other).toBe(author)
  expect([await publish(rooms.first(), 'one'), await publish(rooms.last(), 'two')]).toEqual([author, author])
  for (const room of [rooms.first(), rooms.last()]) {
    await seen(room, ['one', 'two'])
    await expect.poll(() => room.locator('[part~=own]').count()).toBe(2)
  }
  await expect.poll(() => peersOf(page)).toBe(1)
  await rooms.first().evaluate(element => element.remove())
  await run(page, 'say', { number: 0, content: 'still here?' })
  await seen(rooms, ['one', 'two', 'still here?'])
  expect(await publish(rooms, 'yes')).toBe(author)
  await standings(rooms, ['in sync'])
  await rooms.evaluate(element => element.remove())
  await expect.poll(() => peersOf(page)).toBe(0)
})

test('elements that come at once, and one that takes the place of another, are in the room', async () => {
  const page = await visit.open()
  await run(page, 'befriend', 1)
  await run(page, 'show', LOBBY)
  const rooms = page.locator('peerset-room')
  await rooms.evaluate((element: PeersetRoom) => {
    const make = () => Object.assign(element.cloneNode(true) as PeersetRoom, { options: element.options })
    const [second, third] = [make(), make()]
    element.after(second, third)
    second.replaceWith(make())
    element.remove()
  })
  await standings(rooms, ['in sync', 'in sync'])
  await expect.poll(async () => new Set(await authors(rooms)).size).toBe(1)
  await expect.poll(() => run(page, 'heard', 'peerset-error')).toEqual([])
})

test('who changes the identity at one element changes it at both', async () => {
  const [page, rooms] = await visit.meet()
  await run(page, 'pair', {})
  await standings(rooms, ['in sync', 'in sync'])
  const extension = await run(page, 'extend')
  await rooms.first().locator('[part=who]').click()
  await rooms.first().getByRole('button', { name: 'Use the extension' }).click()
  await rooms.first().getByText('Your browser extension signs').waitFor()
  await expect.poll(() => authors(rooms)).toEqual([extension, extension])
  await expect.poll(() => rooms.last().getAttribute('identity')).toBe('extension')
  expect(await publish(rooms.last(), 'signed outside')).toBe(extension)
  await rooms.first().evaluate(element => element.remove())
  expect(await publish(rooms, 'and still')).toBe(extension)
})

test('what one element says about the identity holds for both, whichever comes first', async () => {
  for (const [first, second] of [
    [{}, { identity: 'vault' }],
    [{ identity: 'vault' }, {}],
  ]) {
    const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', ...first } })
    await run(page, 'pair', { attributes: { ...second } })
    await standings(rooms, ['in sync', 'in sync'])
    await expect.poll(() => rooms.getByText('Writing needs a key of yours.').count()).toBe(2)
    await page.close()
  }
})

test('an element that says otherwise is told why it is not in the room, until the other is gone', async () => {
  const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', identity: 'vault' } })
  await run(page, 'pair', { attributes: { identity: 'ephemeral' } })
  const reason = 'another <peerset-room> of this page is in the room with identity "vault"'
  await rooms.last().getByText(reason).waitFor()
  await standings(rooms, ['in sync', 'could not join'])
  await expect
    .poll(() => run(page, 'heard', 'peerset-error'))
    .toMatchObject([{ message: expect.stringContaining(reason) }])
  await rooms.first().evaluate(element => element.remove())
  await rooms.getByRole('button', { name: 'Try again' }).click()
  await standings(rooms, ['in sync'])
  await publish(rooms, 'with a fresh key')
})

test('an identity that is mended lets the second element in', async () => {
  const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', identity: 'vault' } })
  await run(page, 'pair', { attributes: { identity: 'ephemeral' } })
  await standings(rooms, ['in sync', 'could not join'])
  await rooms.last().evaluate(element => element.setAttribute('identity', 'vault'))
  await standings(rooms, ['in sync', 'in sync'])
})

test('a key that the page gives to one is what both write with, and two keys are one too many', async () => {
  const [page, rooms] = await visit.meet()
  await run(page, 'pair', { key: 5 })
  await standings(rooms, ['in sync', 'in sync'])
  const [author, other] = await authors(rooms)
  expect(other).toBe(author)
  expect(await publish(rooms.first(), 'hello')).toBe(author)
  await run(page, 'pair', { key: 6 })
  await rooms.nth(1).getByText('with a key, and this one has a key').waitFor()
  await rooms.last().locator('[part=who]').click()
  await rooms.last().getByText('The key that this page writes with.').waitFor()
})

test('a key of the page goes with the element that had it, or when it is taken back', async () => {
  const [page, rooms] = await visit.meet()
  const [before] = await authors(rooms)
  for (const end of [
    (element: PeersetRoom) => element.remove(),
    (element: PeersetRoom) => Object.assign(element, { options: { ...element.options, key: undefined } }),
  ]) {
    await run(page, 'pair', { key: 5 })
    await standings(rooms, ['in sync', 'in sync'])
    await expect.poll(async () => (await authors(rooms))[0]).not.toBe(before)
    await rooms.last().evaluate(end)
    await expect.poll(async () => [...new Set(await authors(rooms))]).toEqual([before])
    expect(await publish(rooms.first(), 'as before')).toBe(before)
    await rooms.first().locator('[part=who]').click()
    await rooms.first().getByRole('button', { name: 'Keep this key…' }).waitFor()
    await rooms.first().locator('[part=who]').click()
  }
})

test('what one element said about the identity is no word of the others once it is gone', async () => {
  const [page, rooms] = await visit.meet()
  await run(page, 'pair', { attributes: { identity: 'vault' } })
  await expect.poll(() => rooms.first().getAttribute('identity')).toBe('vault')
  await rooms.last().evaluate(element => element.remove())
  await run(page, 'pair', { attributes: { identity: 'ephemeral' } })
  await standings(rooms, ['in sync', 'in sync'])
  await expect.poll(() => rooms.first().getAttribute('identity')).toBeNull()
  expect(await publish(rooms.first(), 'fresh')).toBe(await publish(rooms.last(), 'fresh, too'))
  await expect.poll(() => run(page, 'heard', 'peerset-error')).toEqual([])
})

test('only what is written through the element with confirm is asked about', async () => {
  const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', confirm: '' } })
  await run(page, 'pair', {})
  await standings(rooms, ['in sync', 'in sync'])
  await rooms.last().evaluate(element => element.removeAttribute('confirm'))
  await publish(rooms.last(), 'unasked')
  const asked = publish(rooms.first(), 'asked')
  await rooms.first().getByRole('dialog', { name: 'Sign this?' }).getByRole('button', { name: 'Sign' }).click()
  await asked
  await seen(rooms.last(), ['unasked', 'asked'])
  await expect.poll(() => rooms.last().getByRole('dialog').count()).toBe(0)
})

test('two elements of one collection show its documents, each its own way', async () => {
  const asked = { schema: SCHEMA, order: '-stars' }
  const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', collection: 'places' }, asked })
  await run(page, 'pair', { asked: { ...asked, where: { stars: { gte: 4 } } } })
  await run(page, 'put', { key: 'lido', value: { name: 'Lido', stars: 3 } })
  await run(page, 'theyPut', { name: 'places', key: 'arena', value: { name: 'Arena', stars: 5 } })
  const keys = (room: Locator) => room.locator('[part=content] strong').allTextContents()
  await expect.poll(() => keys(rooms.first())).toEqual(['arena', 'lido'])
  await expect.poll(() => keys(rooms.last())).toEqual(['arena'])
  await rooms.first().evaluate(element => element.remove())
  await run(page, 'theyPut', { name: 'places', key: 'zoo', value: { name: 'Zoo', stars: 9 } })
  await expect.poll(() => keys(rooms)).toEqual(['zoo', 'arena'])
})

test('two elements of two collections keep them apart, and write with one key', async () => {
  const [page, rooms] = await visit.meet({ attributes: { room: 'lobby', collection: 'notes' } })
  await run(page, 'pair', { attributes: { collection: 'chat' } })
  const written = [await publish(rooms.first(), 'a note'), await publish(rooms.last(), 'a word')]
  expect(written[0]).toBe(written[1])
  await seen(rooms.first(), ['a note'])
  await seen(rooms.last(), ['a word'])
})
