import { createServer } from 'node:net'
import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { npub } from '../../src/core/keys.ts'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { LOBBY, run, seen, visits } from './visit.ts'

const visit = visits()

function standing(room: Locator): Locator {
  return room.locator('[part=status] [role=status]')
}

test('what a friend and the visitor write is shown, with who and when', async () => {
  const [page, room] = await visit.meet()
  await run(page, 'say', { number: 0, content: '{"text":"hello","mood":"good"}' })
  const author = await run(page, 'publish', 'hi')
  await seen(room, ['hello', 'hi'])
  await expect.poll(() => standing(room).textContent()).toBe('in sync')
  const own = room.locator('[part~=own]')
  await expect.poll(() => own.locator('[part=content]').textContent()).toBe('hi')
  await expect.poll(() => own.locator('[part=author]').getAttribute('title')).toBe(npub(author as never))
  await expect.poll(() => own.locator('time').getAttribute('datetime')).toMatch(/^\d{4}-\d\d-\d\dT/)
})

test('Enter sends, Shift and Enter begin a new line, and the field keeps the focus', async () => {
  const [page, room] = await visit.meet()
  await room.getByLabel('Write a record').focus()
  await page.keyboard.type('first line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('second line')
  await page.keyboard.press('Enter')
  await seen(room, ['first line\nsecond line'])
  await expect.poll(() => room.locator('textarea').inputValue()).toBe('')
  await page.keyboard.type('another')
  await page.keyboard.press('Enter')
  await seen(room, ['first line\nsecond line', 'another'])
})

test('what is sent while the room is being joined goes out once it is', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { room: 'lobby', signaling: '', store: 'memory' }, isReal: true })
  const room = page.locator('peerset-room')
  await room.evaluate(async element => {
    while (!element.shadowRoot?.querySelector('textarea')) await new Promise(requestAnimationFrame)
    const field = element.shadowRoot.querySelector('textarea') as HTMLTextAreaElement
    field.value = 'early'
    field.dispatchEvent(new Event('input'))
    await (element as unknown as { updateComplete: Promise<void> }).updateComplete
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }))
  })
  await seen(room, ['early'])
  await expect.poll(() => room.locator('textarea').inputValue()).toBe('')
})

test('without trackers it is offline by choice, and says so', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { room: 'lobby', signaling: '', store: 'memory' }, isReal: true })
  await page.locator('peerset-room').getByText('offline by choice').waitFor()
})

test('a text that is too long is counted, and cannot be sent', async () => {
  const [, room] = await visit.meet()
  const field = room.locator('textarea')
  await field.fill('x'.repeat(63_000))
  await room.getByText('2,024 bytes left').waitFor()
  await field.fill('€'.repeat(30_000))
  await room.getByText('24,976 bytes too long').waitFor()
  await expect.poll(() => room.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
})

test('an own record can be deleted everywhere, once the visitor says so again', async () => {
  const [page, room] = await visit.meet()
  await run(page, 'say', { number: 0, content: 'theirs' })
  await run(page, 'publish', 'mine')
  await seen(room, ['theirs', 'mine'])
  await room.getByRole('button', { name: 'Delete', exact: true }).click()
  await room.getByRole('button', { name: 'Keep', exact: true }).click()
  await room.getByRole('button', { name: 'Delete', exact: true }).click()
  await room.getByRole('button', { name: 'Delete everywhere' }).click()
  await seen(room, ['theirs'])
  await expect.poll(() => room.getByRole('button', { name: 'Delete', exact: true }).count()).toBe(0)
})

test('attributes that are missing or wrong are named on the console, in an event and in the element', async () => {
  const page = await visit.open()
  const said: string[] = []
  page.on('console', message => message.type() === 'error' && said.push(message.text()))
  await run(page, 'show', { attributes: { signaling: 'http://tracker.example', store: 'disk' }, isReal: true })
  const room = page.locator('peerset-room')
  await room.getByText('The attribute room is missing').waitFor()
  await expect.poll(() => said.map(text => text.split(':')[0])).toEqual(Array(3).fill('<peerset-room>'))
  const failures = () => run(page, 'heard', 'peerset-error')
  await expect.poll(failures).toMatchObject([{ attribute: 'room' }, { attribute: 'signaling' }, { attribute: 'store' }])
  await expect.poll(() => standing(room).textContent()).toBe('not joined')
  expect(await room.evaluate((element: PeersetRoom) => element.publish('x').catch(error => error.name))).toBe(
    'ConfigError',
  )
})

test('an attribute that is mended is followed', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: {} })
  const room = page.locator('peerset-room')
  await room.getByText('is missing').waitFor()
  await room.evaluate(element => element.setAttribute('room', 'lobby'))
  await room.getByText('Nothing here yet.').waitFor()
})

test('an element that is deferred joins nothing until the page has set what it wants', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { room: 'lobby', defer: '' } })
  const room = page.locator('peerset-room')
  await room.evaluate(async (element: PeersetRoom) => {
    await element.updateComplete
    await new Promise(resolve => setTimeout(resolve, 200))
  })
  expect(await room.evaluate((element: PeersetRoom) => element.peer)).toBeNull()
  await expect.poll(() => standing(room).textContent()).toBe('not joined')
  await room.evaluate((element: PeersetRoom) => {
    element.collection = 'notes'
    element.defer = false
  })
  await room.getByText('Nothing here yet.').waitFor()
})

test('properties are reflected, but for the password', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { signaling: 'wss://a.example, wss://b.example', password: 'from markup' } })
  const attributes = await page.locator('peerset-room').evaluate(async (element: PeersetRoom) => {
    const password = element.password
    Object.assign(element, { collection: 'notes', password: 'secret', hiddenUi: true, signaling: ['wss://c.example'] })
    await element.updateComplete
    return [password, ...['collection', 'password', 'hidden-ui', 'signaling'].map(name => element.getAttribute(name))]
  })
  expect(attributes).toEqual(['from markup', 'notes', 'from markup', '', 'wss://c.example'])
})

test('of attribute changes that come at once, the last one counts', async () => {
  const [, room] = await visit.meet()
  await room.evaluate(async element => {
    for (const name of ['attic', 'cellar', 'garden']) {
      element.setAttribute('room', name)
      await Promise.resolve()
    }
  })
  const name = () => room.evaluate((element: PeersetRoom) => element.peer?.name.room)
  await expect.poll(name).toBe('garden')
})

test('an element that is moved stays in its room, and one that is taken out leaves it', async () => {
  const [, room] = await visit.meet()
  const outcome = await room.evaluate(async (element: PeersetRoom) => {
    const { peer } = element
    const home = document.createElement('main')
    document.body.append(home)
    home.append(element)
    await new Promise(resolve => setTimeout(resolve))
    const isSame = peer !== null && element.peer === peer
    element.remove()
    await new Promise(resolve => setTimeout(resolve))
    const refusal = () =>
      peer?.records().then(
        () => null,
        error => error.message,
      )
    let reason = await refusal()
    for (; reason === null; reason = await refusal()) await new Promise(resolve => setTimeout(resolve))
    home.append(element)
    await element.records()
    return { isSame, reason, isNew: element.peer !== peer }
  })
  expect(outcome).toEqual({ isSame: true, reason: 'the room was left', isNew: true })
})

test('events bubble out of shadow roots, with what happened', async () => {
  const page = await visit.open()
  await run(page, 'befriend', 1)
  await run(page, 'show', LOBBY)
  await page.locator('peerset-room').evaluate((element: PeersetRoom) => {
    const host = document.body.appendChild(document.createElement('div'))
    host.attachShadow({ mode: 'open' }).append(element)
    return element.synced()
  })
  await run(page, 'say', { number: 0, content: 'hello' })
  await expect
    .poll(() => run(page, 'heard', 'peerset-record'))
    .toMatchObject([{ type: 'RecordAdded', record: { content: 'hello' } }])
  await expect.poll(async () => (await run(page, 'heard', 'peerset-peer'))[0]).toMatchObject({ type: 'PeerJoined' })
  await expect.poll(async () => (await run(page, 'heard', 'peerset-sync'))[0]).toMatchObject({ type: 'PeerSynced' })
})

test('a record that a policy refuses is told, and shown with its reason', async () => {
  const page = await visit.open()
  await run(page, 'befriend', 1)
  await run(page, 'show', { ...LOBBY, refusing: 'spam' })
  const room = page.locator('peerset-room')
  await room.evaluate((element: PeersetRoom) => element.synced())
  await run(page, 'say', { number: 0, content: 'spam and eggs' })
  await room.getByText('1 record refused. The last one, by “taste”: it says spam').waitFor()
  await expect.poll(() => run(page, 'heard', 'peerset-rejected')).toMatchObject([{ source: 'taste' }])
  await room.getByRole('button', { name: 'Dismiss this note' }).click()
  await expect.poll(() => room.locator('[part=note]').count()).toBe(0)
  await room.locator('textarea').fill('spam')
  await room.getByRole('button', { name: 'Send' }).click()
  await room.getByText('Not sent: taste: it says spam').waitFor()
  await expect.poll(() => room.locator('textarea').inputValue()).toBe('spam')
})

test('a page shows items, and their absence, its own way', async () => {
  const [page, room] = await visit.meet({
    ...LOBBY,
    markup: `<template slot="item"><style>b { color: rgb(1, 2, 3) }</style>
      <b data-field="text"></b> <i data-field="json.mood"></i> <u data-field="author-short"></u>
      <button data-action="delete">Away with it</button></template>
      <p slot="empty">Silence.</p>`,
  })
  await room.getByText('Silence.').waitFor()
  await run(page, 'say', { number: 0, content: '{"text":"<img src=x onerror=alert(1)>","mood":{"x":1}}' })
  await run(page, 'publish', 'mine')
  await room.locator('b').nth(1).waitFor()
  await expect
    .poll(async () => (await room.locator('b').allTextContents()).sort())
    .toEqual(['<img src=x onerror=alert(1)>', 'mine'])
  await expect.poll(() => room.locator('i:visible').allTextContents()).toEqual(['{"x":1}'])
  expect(
    await room
      .locator('b')
      .first()
      .evaluate(element => getComputedStyle(element).color),
  ).toBe('rgb(1, 2, 3)')
  await expect.poll(() => room.locator('img').count()).toBe(0)
  await room.getByRole('button', { name: 'Away with it' }).click()
  await expect.poll(() => room.locator('b').count()).toBe(1)
})

test('a page shows errors its own way', async () => {
  const page = await visit.open()
  const markup = '<template slot="error"><em data-field="attribute"></em><b data-field="message"></b></template>'
  await run(page, 'show', { attributes: {}, markup })
  await page.locator('peerset-room em').waitFor()
  await expect.poll(() => page.locator('peerset-room em').textContent()).toBe('room')
})

test('hidden, the peer runs without its interface', async () => {
  for (const attribute of ['hidden-ui', 'hidden']) {
    const [page, room] = await visit.meet({ attributes: { room: 'lobby', [attribute]: '' } })
    await run(page, 'say', { number: 0, content: 'unseen' })
    const texts = () => room.evaluate(async (e: PeersetRoom) => (await e.records()).map(({ content }) => content))
    await expect.poll(texts).toEqual(['unseen'])
    await expect.poll(() => room.boundingBox()).toBeNull()
    await room.evaluate((element, name) => element.removeAttribute(name), attribute)
    await seen(room, ['unseen'])
    await page.close()
  }
})

test('a room that cannot be joined says why, and is joined once that is mended', async () => {
  const page = await visit.open()
  await run(page, 'show', { ...LOBBY, isForeign: true })
  const room = page.locator('peerset-room')
  await room.getByText('this store belongs to another room').waitFor()
  await expect.poll(() => standing(room).textContent()).toBe('could not join')
  await room.getByRole('button', { name: 'Try again' }).click()
  const failures = () => run(page, 'heard', 'peerset-error')
  await expect.poll(async () => (await failures()).length).toBe(2)
  await room.evaluate(element => element.setAttribute('store', 'memory'))
  await room.getByText('Nothing here yet.').waitFor()
})

test('where the browser keeps nothing, that is said, and the room goes on in memory', async () => {
  const page = await visit.open('sandbox allow-scripts')
  await run(page, 'show', { attributes: { room: 'lobby', store: 'indexeddb' } })
  const room = page.locator('peerset-room')
  await room.getByText('This browser keeps nothing here').waitFor()
  await expect
    .poll(() => run(page, 'heard', 'peerset-error'))
    .toMatchObject([{ event: { type: 'StorageUnavailable' } }])
  await run(page, 'publish', 'for now')
  await seen(room, ['for now'])
})

test('the interface obeys a strict content security policy', async () => {
  const page = await visit.open("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:")
  const said: string[] = []
  page.on('console', message => message.type() === 'error' && said.push(message.text()))
  await run(page, 'show', LOBBY)
  await run(page, 'publish', 'hello')
  const room = page.locator('peerset-room')
  await seen(room, ['hello'])
  expect(
    await room
      .locator('.swatch')
      .first()
      .evaluate(e => e.clientWidth),
  ).toBe(24)
  expect(said).toEqual([])
})

test('a readonly element writes nothing', async () => {
  const [, room] = await visit.meet({ attributes: { room: 'lobby', readonly: '' } })
  await expect.poll(() => room.locator('textarea, [part=who]').count()).toBe(0)
  const publish = (element: PeersetRoom) => element.publish('x').catch(error => error.message)
  expect(await room.evaluate(publish)).toContain('readonly')
})

test('an element of a collection shows and writes only what belongs there', async () => {
  const [page, room] = await visit.meet({ attributes: { room: 'lobby', collection: 'notes' } })
  await run(page, 'say', { number: 0, content: 'elsewhere' })
  await run(page, 'publish', 'a note')
  await seen(room, ['a note'])
  await room.evaluate(element => element.removeAttribute('collection'))
  await seen(room, ['a note', 'elsewhere'])
})

test('hostile texts break nothing, run nothing and are folded', async () => {
  const [page, room] = await visit.meet()
  await page.setViewportSize({ width: 360, height: 640 })
  const texts = ['x'.repeat(64_000), '\n'.repeat(10_000), `\u202e${'מ'.repeat(9_000)}`, '<script>throw 1</script>']
  await run(
    page,
    'bringThese',
    texts.map((content, place) => ({ content, by: 41 + place })),
  )
  await expect.poll(() => room.locator('[part=content]').count()).toBe(texts.length)
  const measure = () =>
    room.evaluate(element => {
      const list = element.shadowRoot?.querySelector('[part=list]')
      const heights = [...(element.shadowRoot?.querySelectorAll('[part~=record]') ?? [])].map(row => row.clientHeight)
      return { overflow: (list?.scrollWidth ?? 0) - (list?.clientWidth ?? 0), tallest: Math.max(...heights) }
    })
  await expect.poll(async () => (await measure()).overflow).toBe(0)
  await expect.poll(async () => (await measure()).tallest).toBeLessThan(900)
  for (let unfolded = 1; unfolded <= 3; unfolded += 1) {
    await room
      .getByRole('button', { name: /Show all/ })
      .first()
      .click()
    await expect.poll(() => room.getByRole('button', { name: 'Show less' }).count()).toBe(unfolded)
  }
  await expect.poll(async () => (await measure()).overflow).toBe(0)
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
})

test('trackers that cannot be reached are said to be so', async () => {
  const page = await visit.open()
  const signaling = `ws://127.0.0.1:${await freePort()}`
  await run(page, 'show', { attributes: { room: 'lobby', store: 'memory', signaling }, isReal: true })
  await page.locator('peerset-room').getByText('signaling unreachable, trying again').waitFor()
  await run(page, 'publish', 'written alone')
  await seen(page.locator('peerset-room'), ['written alone'])
})

test('a room whose network is gone says that it is offline', async () => {
  const page = await visit.open()
  const signaling = `ws://127.0.0.1:${await freePort()}`
  await run(page, 'show', { attributes: { room: 'lobby', store: 'memory', signaling }, isReal: true })
  // What a join loads is there by then.
  await page.locator('peerset-room').getByText('signaling unreachable, trying again').waitFor()
  await page.context().setOffline(true)
  const offline = expect.poll(() => standing(page.locator('peerset-room')).textContent()).toBe('offline')
  await offline.finally(() => page.context().setOffline(false))
})

test('a visitor who left comes back by putting the element in again', async () => {
  const [, room] = await visit.meet()
  await room.evaluate((element: PeersetRoom) => element.leave())
  await expect.poll(() => standing(room).textContent()).toBe('not joined')
  await room.evaluate((element: PeersetRoom) => {
    element.remove()
    document.body.append(element)
    return element.synced()
  })
})

/** Give a port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await new Promise<number>(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
  await new Promise(resolve => server.close(resolve))
  return port
}
