/** `<peerset-room>` in React, rendered by a server and taken up in a page, with a tracker. */

import type { BrowserContext, Page } from 'playwright-core'
import { renderToString } from 'react-dom/server'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { bundle, closePages, type Files, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import { startTracker, type Verb } from './python.ts'
import type { Commands } from './react.page.ts'
import { appOf, SCHEMA } from './react-app.ts'

const run = runnerOf<Commands>()

let context: BrowserContext
let files: Files
let tracker: { readonly url: string; readonly verb: Verb }
const sites: Site[] = []

beforeAll(async () => {
  files = withPage(await bundle('react.page.ts'))
  context = await profile()
  tracker = await startTracker()
})

afterEach(async () => {
  await closePages(context)
  for (const site of sites.splice(0)) await site.close()
})

afterAll(async () => {
  await context?.close()
  await tracker?.verb.end()
})

/** Open a page with *markup* in its root; give it, and what its console says as errors and warnings. */
async function visit(markup: string): Promise<[Page, string[]]> {
  const body = `<body><div id="root">${markup}</div></body>`
  const site = await serve(new Map([...files, ['index.html', `${files.get('index.html')}${body}`]]))
  sites.push(site)
  const said: string[] = []
  const page = await open(context, site)
  page.on('pageerror', error => said.push(String(error)))
  page.on('console', message => ['error', 'warning'].includes(message.type()) && said.push(message.text()))
  return [page, said]
}

async function names(page: Page, expected: readonly string[]): Promise<void> {
  const texts = () => page.locator('peerset-room [part~=record] b').allTextContents()
  await expect.poll(texts).toEqual(expected)
}

test.each([false, true])(
  'what a server rendered is taken up without a warning, and in a room, where all is text: %s',
  async isPlain => {
    const given = { signaling: tracker.url, isPlain }
    const markup = renderToString(appOf(given))
    expect(markup).toContain(`signaling="${tracker.url}"`)
    expect(markup.includes('defer')).toBe(!isPlain)
    const pages = await Promise.all([visit(markup), visit(markup)])
    for (const [page] of pages) await run(page, 'hydrate', given)
    const [[page], [other]] = pages
    const rooms = [page, other].map(each => each.locator('peerset-room'))
    for (const room of rooms) {
      await room.evaluate((element: PeersetRoom) => element.synced())
      const schema = await room.evaluate((element: PeersetRoom) => element.schema)
      expect(isPlain ? JSON.parse(String(schema)) : schema).toEqual(SCHEMA)
    }
    const put = (key: string, stars: number) =>
      rooms[0]?.evaluate(
        async (element: PeersetRoom, [name, count]) => {
          await (await element.documents()).put(name, { name, stars: count })
        },
        [key, stars] as const,
      )
    await put('Zoo', 3)
    await put('Lido', 5)
    await put('Bog', 1)
    for (const [each] of pages) await names(each, ['Lido', 'Zoo'])
    for (const [each, said] of pages) {
      const { recovered, synced } = await run(each, 'heard')
      expect([recovered, said]).toEqual([[], []])
      expect(synced > 0).toBe(!isPlain)
    }
  },
)

test("a template's content may be written as React does", async () => {
  const [page] = await visit('')
  await run(page, 'draw', '')
  const room = page.locator('peerset-room')
  await room.evaluate((element: PeersetRoom) => element.publish('hello'))
  await expect.poll(() => room.locator('[part~=record] u').allTextContents()).toEqual(['hello'])
})

test("React's hook follows a live query", async () => {
  const [page, said] = await visit('')
  await run(page, 'follow')
  const items = () => page.locator('li').allTextContents()
  await run(page, 'put', { name: 'Zoo', stars: 3 })
  await run(page, 'put', { name: 'Lido', stars: 5 })
  await expect.poll(items).toEqual(['Lido', 'Zoo'])
  await run(page, 'put', { name: 'Lido', stars: 1 })
  await expect.poll(items).toEqual(['Zoo'])
  expect(said).toEqual([])
})
