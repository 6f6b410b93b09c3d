/** Files in `<peerset-room>`: dropped, picked, shown among the records, fetched when they are seen or asked for, and refused. */

import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { run, visits } from './visit.ts'

const SHOWN = { attributes: { room: 'lobby', files: 'files' } }

const visit = visits()

function names(room: Locator): Promise<string[]> {
  return room.locator('[part=file-name]').allTextContents()
}

test('what is dropped or picked is put into the room and shown with name and size; two of one name are two', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'show', SHOWN)
  const room = page.locator('peerset-room')
  await room.getByLabel('Add files').setInputFiles([
    { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('picked') },
    { name: 'notes', mimeType: '', buffer: Buffer.alloc(100_000) },
  ])
  await expect.poll(() => names(room)).toEqual(['a.txt', 'notes'])
  await run(page, 'dropFiles', [{ name: '../a.txt', size: 7 }])
  await run(page, 'dropFiles', [{ name: 'a.txt', size: 7 }])
  await expect.poll(async () => (await names(room)).sort()).toEqual(['.._a.txt', 'a (2).txt', 'a.txt', 'notes'].sort())
  expect(await room.locator('[part=file-size]').allTextContents()).toContain('100 kB')
  const card = room.locator('.file', { hasText: 'notes' })
  await card.getByRole('button', { name: 'Fetch notes' }).click()
  await expect.poll(() => card.getByRole('link', { name: 'Save notes' }).getAttribute('download')).toBe('notes')
})

test('a small picture of another is fetched when it is seen, whatever else when the visitor asks', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'theyPutFile', { path: 'a/pixel.png', type: 'image/png' })
  await run(page, 'theyPutFile', { path: 'big.png', type: 'image/png', size: 3_000_000 })
  await run(page, 'theyPutFile', { path: 'evil.html', type: 'text/html', size: 50_000 })
  await run(page, 'show', SHOWN)
  const room = page.locator('peerset-room')
  const picture = room.getByRole('img', { name: 'pixel.png' })
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(7)
  await room.getByRole('button', { name: 'Fetch evil.html' }).click()
  const link = room.getByRole('link', { name: 'Save evil.html' })
  const type = await link.evaluate(async (a: HTMLAnchorElement) => (await (await fetch(a.href)).blob()).type)
  expect(type).toBe('application/octet-stream')
  expect(await room.getByRole('button', { name: 'Fetch big.png' }).count()).toBe(1)
})

test('a page that has a template shows what it wants of a file, and the file itself where it wants that', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'theyPutFile', { path: 'a/pixel.png', type: 'image/png' })
  const markup = `<template slot="item"><b data-field="file.name"></b> <i data-field="file.type"></i>
    <u data-field="file.path"></u> <s data-field="file.size"></s> <div data-field="file"></div>
    <q data-field="text"></q></template>`
  await run(page, 'show', { ...SHOWN, markup })
  await run(page, 'publish', 'no file')
  const [file, text] = [
    page.locator('[part=record]', { hasText: 'pixel' }),
    page.locator('[part=record]', { hasText: 'no file' }),
  ]
  const picture = file.getByRole('img', { name: 'pixel.png' })
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(7)
  const told = await Promise.all(['b', 'i', 'u'].map(name => file.locator(`${name}[data-field]`).textContent()))
  expect(told).toEqual(['pixel.png', 'image/png', 'a/pixel.png'])
  expect(await file.locator('s').textContent()).toMatch(/ B$/)
  await expect.poll(() => text.locator('div[data-field]').isVisible()).toBe(false)
  expect(await text.locator('b').isVisible()).toBe(false)
})

test('who is muted takes the files along, and what is hidden is listed with the reason', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'theyPutFile', { path: 'pixel.png', type: 'image/png' })
  await run(page, 'show', SHOWN)
  const room = page.locator('peerset-room')
  const url = await room.getByRole('img', { name: 'pixel.png' }).getAttribute('src')
  await room.evaluate(async (element: PeersetRoom) => {
    const [record] = (await element.peer?.members({})) ?? []
    await element.peer?.moderation.mute(record?.author ?? '')
  })
  await expect.poll(() => names(room)).toEqual([])
  await expect(page.evaluate(href => fetch(href ?? ''), url)).rejects.toThrow('Failed to fetch')
  await room.getByText('What is not shown').click()
  await expect.poll(() => room.locator('[part=reason]').allTextContents()).toEqual([expect.stringMatching(/^mute: /)])
})

test('what is over a limit is refused with a word, and the rest is added', async () => {
  const page = await visit.open()
  await run(page, 'show', { ...SHOWN, limits: { blob: '128 KiB' } })
  const room = page.locator('peerset-room')
  await room.getByLabel('Add files').waitFor()
  await run(page, 'dropFiles', [
    { name: 'big.bin', size: 140_000 },
    { name: 'small.bin', size: 7 },
  ])
  await expect.poll(() => names(room)).toEqual(['small.bin'])
  expect(await room.locator('[part=file-failure]').textContent()).toContain('big.bin: a file of more than 131072 bytes')
  await run(
    page,
    'dropFiles',
    Array.from({ length: 33 }, (_, at) => ({ name: `${at}`, size: 1 })),
  )
  await expect.poll(() => room.locator('[part=file-failure]').textContent()).toContain('at most 32')
  await room.evaluate((element: PeersetRoom) => {
    element.readonly = true
  })
  await expect.poll(() => room.getByLabel('Add files').count()).toBe(0)
  await run(page, 'dropFiles', [{ name: 'late.bin', size: 1 }])
  expect(await names(room)).toEqual(['small.bin'])
})

test('what is added and fetched shows how far it is, and is cancelled, also before it begins', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'theyPutFile', { path: 'far.bin', type: '', size: 3_000_000 })
  await run(page, 'show', SHOWN)
  const room = page.locator('peerset-room')
  await room.getByLabel('Add files').waitFor()
  // All of it before a piece of them is read: so none is done before.
  const shown = await room.evaluate(async (element: PeersetRoom) => {
    const dataTransfer = new DataTransfer()
    const sizes = { 'big.bin': 3_000_000, 'later.bin': 7, 'small.bin': 7 }
    for (const [name, size] of Object.entries(sizes)) dataTransfer.items.add(new File([new Uint8Array(size)], name))
    element.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }))
    await element.updateComplete
    const waiting = [...(element.shadowRoot?.querySelectorAll('[part=adding-file]') ?? [])]
    for (const each of waiting.slice(0, 2)) each.querySelector('button')?.click()
    return waiting.map(each => [each.querySelector('bdi')?.textContent, each.querySelector('progress')?.max])
  })
  expect(shown).toEqual([
    ['big.bin', 1],
    ['later.bin', 1],
    ['small.bin', 1],
  ])
  await expect.poll(() => names(room)).toEqual(expect.arrayContaining(['far.bin', 'small.bin']))
  await expect.poll(() => room.locator('[part=adding-file]').count()).toBe(0)
  const failure = await room.locator('[part=file-failure]').textContent()
  expect(failure).toBe('Not added, big.bin: it was cancelled. Not added, later.bin: it was cancelled.')
  expect((await names(room)).sort()).toEqual(['far.bin', 'small.bin'])
  const far = room.locator('.file', { hasText: 'far.bin' })
  await far.evaluate(async (card: HTMLElement) => {
    card.querySelector<HTMLButtonElement>('[part=fetch]')?.click()
    await ((card.getRootNode() as ShadowRoot).host as PeersetRoom).updateComplete
    card.querySelector<HTMLButtonElement>('progress + button')?.click()
  })
  await far.getByRole('alert').getByText('Cancelled.').waitFor()
  await far.getByRole('button', { name: 'Try again' }).click()
  await far.getByRole('link', { name: 'Save far.bin' }).waitFor()
})
