import type { BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Commands } from './adapters.page.ts'
import { bundle, type Files, launch, open, runnerOf, type Site, serve, withPage } from './chromium.ts'

let context: BrowserContext
let files: Files
const sites: Site[] = []

beforeAll(async () => {
  files = await bundle('adapters.page.ts')
  context = await launch()
})

afterEach(async () => {
  for (const page of context.pages()) await page.close()
  for (const site of sites.splice(0)) await site.close()
})

afterAll(() => context?.close())

async function host(given: Files, policy?: string): Promise<Site> {
  const site = await serve(given, policy)
  sites.push(site)
  return site
}

/** Run a command of the page. */
const run = runnerOf<Commands>()

test('signatures are checked by WebAssembly in workers', async () => {
  const page = await open(context, await host(withPage(files)))
  const workers: string[] = []
  page.on('worker', worker => workers.push(new URL(worker.url()).pathname))
  expect(await run(page, 'verify', 400)).toEqual({ engine: 'wasm', areRight: true })
  await expect.poll(() => new Set(workers)).toEqual(new Set(['/verify-worker.js']))
})

test('signatures are checked in workers when the script comes from another host', async () => {
  const elsewhere = await host(files)
  const page = await open(context, await host(withPage(new Map(), `${elsewhere.origin}/page.js`)))
  const workers: string[] = []
  page.on('worker', worker => workers.push(new URL(worker.url()).protocol))
  expect(await run(page, 'verify', 400)).toEqual({ engine: 'wasm', areRight: true })
  await expect.poll(() => new Set(workers)).toEqual(new Set(['blob:']))
})

test('signatures are checked on the main thread where the page allows no worker', async () => {
  const page = await open(context, await host(withPage(files), "worker-src 'none'"))
  expect(await run(page, 'verify', 100)).toEqual({ engine: 'wasm', areRight: true })
  expect(page.workers()).toEqual([])
})

test('signatures are checked by noble where the page allows no WebAssembly', async () => {
  const page = await open(context, await host(withPage(files), "script-src 'self'"))
  expect(await run(page, 'verify', 100)).toEqual({ engine: 'noble', areRight: true })
})

test('signatures are checked on the main thread by noble where files are missing', async () => {
  const alone = new Map([...withPage(files)].filter(([name]) => !/worker|wasm/.test(name)))
  const page = await open(context, await host(alone))
  expect(await run(page, 'verify', 50)).toEqual({ engine: 'noble', areRight: true })
})

// Here alone, and not in Node.js beside: this is the IndexedDB that users have.
test('the IndexedDB store keeps the contract of stores in a browser', async () => {
  const page = await open(context, await host(withPage(files)))
  expect(await run(page, 'check')).toBeGreaterThan(20)
})

test('its documents keep the contract of stores that find them in a browser', async () => {
  const page = await open(context, await host(withPage(files)))
  expect(await run(page, 'checkDocuments')).toBeGreaterThan(29)
})

test('records outlive the reload of a page', async () => {
  const site = await host(withPage(files))
  const page = await open(context, site)
  expect(await run(page, 'keep', 'room')).toEqual({ place: 'IndexedDB', reasons: [] })
  await page.close()
  expect(await run(await open(context, site), 'count', 'room')).toEqual({ entries: 24, records: 24 })
})

test('a database that the browser clears away is made again with what the page holds', async () => {
  const site = await host(withPage(files))
  const page = await open(context, site)
  await run(page, 'hold', 'cleared')
  const devtools = await context.newCDPSession(page)
  await devtools.send('Storage.clearDataForOrigin', { origin: site.origin, storageTypes: 'indexeddb' })
  await expect.poll(() => run(page, 'held')).toEqual({ entries: 24, told: ['24 left'] })
  await page.close()
  expect(await run(await open(context, site), 'count', 'cleared')).toEqual({ entries: 24, records: 24 })
})

test('records live in memory in a frame that may keep nothing', async () => {
  const page = await open(context, await host(withPage(files), 'sandbox allow-scripts'))
  const { place, reasons } = await run(page, 'keep', 'room')
  expect(place).toBe('memory')
  expect(reasons.length).toBe(1)
})

test('a room takes no more than it may, and gives up the oldest days of others for that', async () => {
  const page = await open(context, await host(withPage(files)))
  const found = await run(page, 'crowd', { room: 'bounded', diskBytes: 4_000_000, days: 5 })
  expect(found.errors).toEqual([])
  expect([found.areOursWhole, found.ours, found.count]).toEqual([true, 6, 406])
  expect(found.ages).toEqual(found.ages.toSorted((one, other) => other - one))
  expect(found.shells + found.whole).toBe(406)
  expect(found.whole * LARGE_BYTES).toBeLessThan(4_000_000)
  expect(found.whole * LARGE_BYTES).toBeGreaterThan(1_500_000)
})

test('a full storage gives up the oldest days of others, says so, and keeps what is written here', async () => {
  const site = await host(withPage(files))
  const page = await open(context, site)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 12_000_000 })
  const found = await run(page, 'crowd', { room: 'full', diskBytes: 1_000_000_000, days: 8 })
  expect(found.ages[0]).toBe(8)
  expect(found.areOursWhole).toBe(true)
  // Chromium takes its time to free what was deleted; until then a batch is refused, to whoever wrote it.
  expect(found.errors.every(error => error === 'StoreError')).toBe(true)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.origin })
  const more = await run(page, 'crowd', { room: 'full', diskBytes: 1_000_000_000, days: 1 })
  expect([more.errors, more.areOursWhole, more.ours]).toEqual([[], true, 2])
})

/** What of a record of the crowd is on disk, at least. */
const LARGE_BYTES = 25_000
