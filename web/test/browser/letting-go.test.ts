/** What a page holds of an element that was taken out of it: nothing, however long the network is closed for. */

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { bundle, open, profile, type Site, serve, withPage } from './chromium.ts'
import { startTracker, type Verb } from './python.ts'
import { run } from './visit.ts'

let context: BrowserContext
let site: Site
let tracker: { readonly url: string; readonly verb: Verb }

beforeAll(async () => {
  site = await serve(withPage(await bundle('element.page.ts')))
  context = await profile()
  tracker = await startTracker()
})

afterAll(async () => {
  await context?.close()
  await site?.close()
  await tracker?.verb.end()
})

/** Open a page whose element is in a room of which the tracker knows. */
async function visit(store: string): Promise<Page> {
  const page = await open(context, site)
  await run(page, 'show', { attributes: { room: 'lobby', signaling: tracker.url, store }, isReal: true })
  return page
}

/** Wait until the element that *page* dropped is collected. */
async function isCollected(page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page)
  const isHeld = async () => {
    await devtools.send('HeapProfiler.collectGarbage')
    return await run(page, 'isHeld')
  }
  await expect.poll(isHeld, { interval: 1_000 }).toBe(false)
}

test.each(['memory', 'indexeddb'])('an element that met a peer (%s) is let go of when it is taken out', async store => {
  const [page, other] = [await visit(store), await visit('memory')]
  await page.locator('peerset-room').evaluate((element: PeersetRoom) => element.synced())
  await run(page, 'drop')
  await isCollected(page)
  await Promise.all([page.close(), other.close()])
})
