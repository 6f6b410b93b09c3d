/** Tabs of one profile in one room: one peer, one index and one database for all, without any tracker. */

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bundle, closePages, launch, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import { startTracker } from './python.ts'
import type { Commands } from './tabs.page.ts'

let context: BrowserContext
let site: Site
/** Where a page loads what it needs when it needs it. */
let parts: Site

beforeAll(async () => {
  context = await profile()
  site = await serve(withPage(await bundle('tabs.page.ts')))
  parts = await serve(withPage(await bundle('tabs.page.ts', { isInParts: true })))
})

afterEach(async () => {
  await context.setOffline(false)
  await closePages(context)
})

afterAll(async () => {
  await site?.close()
  await parts?.close()
  await context?.close()
})

const run = runnerOf<Commands>()

/** Open *count* tabs of a site that join the room *name*, one after the other. */
async function tabs(name: string, count: number, { within = context, of = site } = {}): Promise<Page[]> {
  const pages: Page[] = []
  for (let number = 0; number < count; number++) {
    const page = await open(within, of)
    await run(page, 'join', { name })
    pages.push(page)
  }
  return pages
}

test('two tabs are one peer with one key: each sees at once what the other writes', async () => {
  const [one, other] = (await tabs('one', 2)) as [Page, Page]
  await run(one, 'publish', 'of one')
  await run(other, 'publish', 'of the other')
  for (const page of [one, other]) {
    await expect.poll(async () => (await run(page, 'look')).seen).toEqual(['of one', 'of the other'])
  }
  const both = async () => [await run(one, 'look'), await run(other, 'look')].map(({ told: _, ...look }) => look)
  await expect.poll(async () => new Set((await both()).map(look => JSON.stringify(look))).size).toBe(1)
  const [here] = await both()
  expect(here).toMatchObject({ count: 2, peers: 0, records: ['of the other', 'of one'] })
})

test('what one tab deletes and mutes is gone and muted in the other', async () => {
  const [one, other] = (await tabs('two', 2)) as [Page, Page]
  const id = await run(other, 'publish', 'a mistake')
  await expect.poll(async () => (await run(one, 'look')).count).toBe(1)
  await run(other, 'remove', id)
  await expect.poll(async () => (await run(one, 'look')).records.filter(text => text !== '')).toEqual([])
  await run(other, 'mute', 'ab'.repeat(32))
  await expect.poll(async () => (await run(one, 'look')).muted).toEqual(['ab'.repeat(32)])
  await expect.poll(async () => (await run(other, 'look')).muted).toEqual(['ab'.repeat(32)])
})

test('a collection is one for all tabs, also when another one leads', async () => {
  const [first, second, third] = (await tabs('collections', 3)) as [Page, Page, Page]
  for (const page of [second, third, first]) await run(page, 'declare')
  await run(second, 'put', { key: 'a', text: 'do this' })
  await run(first, 'put', { key: 'b', text: 'do that' })
  await run(third, 'put', { key: 'c', text: 'never' })
  const both = { live: ['do that', 'do this'], found: ['do that', 'do this'] }
  for (const page of [first, second, third]) await expect.poll(() => run(page, 'tasks')).toEqual(both)
  expect(await run(second, 'putAll', ['do x', 'do y'])).toEqual(['do x', 'do y'])
  await expect.poll(async () => (await run(first, 'tasks')).found).toEqual(['do that', 'do this', 'do x', 'do y'])
  await first.close()
  await run(third, 'put', { key: 'a', text: 'do it now' })
  expect(await run(third, 'putAll', ['do y', 'do z'])).toBe('ConflictError')
  const all = ['do it now', 'do that', 'do x', 'do y']
  const then = { live: all, found: all }
  for (const page of [second, third]) await expect.poll(() => run(page, 'tasks')).toEqual(then)
})

test('a view, a fold and the log of changes are one for all tabs, also when another one leads', async () => {
  const [first, second, third] = (await tabs('kept', 3)) as [Page, Page, Page]
  for (const page of [second, third, first]) await run(page, 'declare')
  await run(second, 'put', { key: 'a', text: 'one' })
  for (const page of [third, first, second]) await run(page, 'keep')
  await run(first, 'put', { key: 'b', text: 'two' })
  await run(third, 'put', { key: 'a', text: 'two' })
  const kept = { view: [[['two'], 2]], fold: ['two', 'two'] }
  for (const page of [first, second, third]) await expect.poll(() => run(page, 'kept')).toEqual(kept)
  const { cursor, told } = await run(second, 'changes', null)
  expect(told.sort()).toEqual(['added {"text":"two"}', 'added {"text":"two"}'])
  await first.close()
  await run(third, 'put', { key: 'b', text: 'three' })
  const then = {
    view: [
      [['three'], 1],
      [['two'], 1],
    ],
    fold: ['two', 'three'],
  }
  for (const page of [second, third]) await expect.poll(() => run(page, 'kept')).toEqual(then)
  const news = ['hidden {"text":"two"}', 'added {"text":"three"}']
  for (const page of [second, third]) expect((await run(page, 'changes', cursor)).told).toEqual(news)
})

test('a pin is one for all tabs: renewed, shown, and withdrawn by any, also when another one leads', async () => {
  const pinner = { name: 'pins', secret: 7, isBrief: true }
  const enter = async () => {
    const page = await open(context, site)
    await run(page, 'join', pinner)
    return page
  }
  const first = await enter()
  const { held, pin } = await run(first, 'bringPin', { secret: 7, content: 'of long ago' })
  const others = (await Promise.all([enter(), enter()])) as [Page, Page]
  const [second, third] = others
  // Who came looked after the pin of the other's, which was old, one after the other.
  for (const page of [first, ...others]) {
    await expect.poll(async () => (await run(page, 'pinned')).said).toEqual(['of long ago'])
    await expect.poll(async () => (await run(page, 'pinned')).pins.filter(each => each !== pin)).toHaveLength(1)
    expect((await run(page, 'pinned')).pins).toHaveLength(1)
  }
  const young = await run(second, 'publish', 'of now')
  const pinned = await run(third, 'pin', young)
  expect(await run(second, 'pin', young)).toBe(pinned)
  await first.close()
  for (const page of others) {
    await expect.poll(async () => (await run(page, 'pinned')).said).toEqual(['of now', 'of long ago'])
    expect((await run(page, 'pinned')).pins).toContain(pinned)
  }
  await run(third, 'unpin', held)
  for (const page of others) await expect.poll(() => run(page, 'pinned')).toEqual({ pins: [pinned], said: ['of now'] })
})

test('what one tab drops ends in all, and may be declared again in each', async () => {
  const [first, second, third] = (await tabs('dropped', 3)) as [Page, Page, Page]
  for (const page of [second, third, first]) await run(page, 'declare')
  await run(second, 'put', { key: 'a', text: 'do it' })
  for (const page of [third, first, second]) await run(page, 'keep')
  for (const dropping of [second, first]) {
    await run(dropping, 'drop')
    const ended = [
      'ViewError: the view "texts" was dropped here',
      'ViewError: the fold over "tasks" stopped: it was dropped here',
      'ConfigError: the collection "tasks" was dropped here: declare it again',
      0,
    ]
    await expect.poll(() => run(dropping, 'ended')).toEqual(ended)
    for (const page of [first, second, third]) await expect.poll(() => run(page, 'ended')).toEqual(ended)
    for (const page of [third, second, first]) {
      await run(page, 'declare')
      await run(page, 'keep')
    }
    const kept = { view: [[['do it'], 1]], fold: ['do it'] }
    for (const page of [first, second, third]) await expect.poll(() => run(page, 'kept')).toEqual(kept)
  }
})

test('when the tab that is the peer is closed, another takes its place, and nothing is lost', async () => {
  const [first, second, third] = (await tabs('three', 3)) as [Page, Page, Page]
  await run(first, 'publish', '1')
  await expect.poll(async () => (await run(third, 'look')).count).toBe(1)
  const before = await run(third, 'look')
  await first.close()
  await Promise.all([run(second, 'publish', '2'), run(third, 'publish', '3')])
  for (const page of [second, third]) {
    await expect.poll(async () => (await run(page, 'look')).records.sort()).toEqual(['1', '2', '3'])
    await expect.poll(async () => (await run(page, 'look')).seen.sort()).toEqual(['1', '2', '3'])
  }
  const [here, there] = [await run(second, 'look'), await run(third, 'look')]
  expect([here.peerId, here.root, here.key]).toEqual([there.peerId, there.root, before.key])
})

test('a tab that leaves hands over to the next, and may come back as a follower', async () => {
  const [first, second] = (await tabs('four', 2)) as [Page, Page]
  await run(first, 'publish', '1')
  await run(first, 'leave')
  await run(second, 'publish', '2')
  await run(first, 'join', { name: 'four' })
  await run(first, 'publish', '3')
  await expect.poll(async () => (await run(second, 'look')).records.sort()).toEqual(['1', '2', '3'])
  expect((await run(first, 'look')).peerId).toBe((await run(second, 'look')).peerId)
})

test('a tab with a key of its own writes with that, through the same peer', async () => {
  const [first] = (await tabs('five', 1)) as [Page]
  const second = await open(context, site)
  const key = await run(second, 'join', { name: 'five', secret: 7 })
  await run(second, 'publish', 'as another author')
  await expect.poll(async () => (await run(first, 'look')).records).toEqual(['as another author'])
  const [here, there] = [await run(first, 'look'), await run(second, 'look')]
  expect([there.peerId, there.key, here.key === key]).toEqual([here.peerId, key, false])
})

test('tabs with different passwords are no group', async () => {
  const [first] = (await tabs('six', 1)) as [Page]
  const second = await open(context, site)
  await run(second, 'join', { name: 'six', password: 'secret' })
  expect((await run(first, 'look')).peerId).not.toBe((await run(second, 'look')).peerId)
})

test('tabs that may keep nothing are peers of their own, each in its memory', async () => {
  const pages: Page[] = []
  for (let number = 0; number < 2; number++) {
    const page = await context.newPage()
    await page.addInitScript(() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }))
    await page.goto(`${site.origin}/`)
    await page.waitForFunction(() => 'commands' in globalThis)
    await run(page, 'join', { name: 'nine' })
    await run(page, 'publish', `${number}`)
    pages.push(page)
  }
  const [one, other] = await Promise.all(pages.map(page => run(page, 'look')))
  expect([one?.records, other?.records, one?.peerId === other?.peerId]).toEqual([['0'], ['1'], false])
  expect([one?.told, other?.told].map(told => told?.includes('StorageUnavailable'))).toEqual([true, true])
})

test('a tab that is frozen hands over to another, and goes on alone', async () => {
  const [first, second] = (await tabs('seven', 2)) as [Page, Page]
  await run(first, 'publish', '1')
  await expect.poll(async () => (await run(second, 'look')).count).toBe(1)
  await first.evaluate(() => document.dispatchEvent(new Event('freeze')))
  await run(second, 'publish', '2')
  await expect.poll(async () => (await run(second, 'look')).records.sort()).toEqual(['1', '2'])
  expect((await run(first, 'look')).peerId).not.toBe((await run(second, 'look')).peerId)
  await expect.poll(async () => (await run(first, 'look')).records.sort()).toEqual(['1', '2'])
})

test('seen from outside, all tabs are one peer, and stay in reach when it is closed', async () => {
  const { url: relay, verb } = await startTracker()
  const [first, second, outside] = [
    await open(context, site),
    await open(context, site),
    await open(context, site),
  ] as const
  for (const page of [first, second]) await run(page, 'join', { name: 'ten', relay })
  // A tab that keeps nothing is no part of the group.
  await run(outside, 'join', { name: 'ten', relay, store: 'memory' })
  await run(second, 'publish', 'from a follower')
  await expect.poll(async () => (await run(outside, 'look')).records).toEqual(['from a follower'])
  await expect.poll(async () => (await run(outside, 'look')).peers).toBe(1)
  await expect.poll(async () => (await run(second, 'look')).peers).toBe(1)
  await first.close()
  await run(outside, 'publish', 'from outside')
  await expect.poll(async () => (await run(second, 'look')).seen).toEqual(['from a follower', 'from outside'])
  await verb.end()
})

test('a tab that hangs is replaced, and goes on alone afterwards', async () => {
  // Tabs that share a process would all hang.
  const apart = await launch()
  const [first, second] = (await tabs('eight', 2, { within: apart })) as [Page, Page]
  await run(first, 'publish', '1')
  await expect.poll(async () => (await run(second, 'look')).count).toBe(1)
  // Nothing goes on in a page that asks.
  const asked = first.waitForEvent('dialog')
  const hanging = run(first, 'hang')
  const question = await asked
  await run(second, 'publish', '2')
  await expect.poll(async () => (await run(second, 'look')).records).toEqual(['2', '1'])
  await question.accept()
  await hanging
  await run(first, 'publish', '3')
  await expect.poll(async () => (await run(second, 'look')).records.length).toBe(3)
  expect((await run(first, 'look')).peerId).not.toBe((await run(second, 'look')).peerId)
  await apart.close()
})

/** Wait until *page* has loaded scripts of these names of itself, and all that they need. */
async function provided(page: Page, ...names: readonly string[]): Promise<void> {
  await page.waitForFunction(wanted => {
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
    return wanted.every(each => loaded.some(name => new RegExp(`/${each}\\d*\\.js$`).test(name)))
  }, names)
  await run(page, 'provided')
}

test.each(['memory', 'indexeddb'] as const)(
  'what a room may be asked is loaded while there is a network: %s',
  async store => {
    const page = await open(context, parts)
    await run(page, 'join', { name: 'offline', store })
    await run(page, 'declare')
    const id = await run(page, 'publish', 'written before')
    await provided(page, 'bans', 'curtain', 'explaining', 'fetcher', 'wanting')
    await context.setOffline(true)
    const said = { found: ['written before'], why: 'mute', shells: 1, muted: 1, bans: 1 }
    expect(await run(page, 'ask', id.slice(0, 12))).toEqual(said)
  },
)

test('what a collection may be asked is loaded by the tab that has it while there is a network', async () => {
  const [first, second] = (await tabs('asked', 2, { of: parts })) as [Page, Page]
  await run(second, 'declare')
  await run(second, 'put', { key: 'a', text: 'a' })
  await provided(first, 'explaining', 'figures', 'lineage')
  await context.setOffline(true)
  expect(await run(second, 'inquire')).toEqual({ heads: ['a'], count: 1, earlier: 1, index: ['text', '-time'] })
})
