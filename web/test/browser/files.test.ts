/** Files at addresses of a page's own site, in Chromium: pictures, ranges, what never runs, and pages that are closed meanwhile. */

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bundle, closePages, open, profile, runnerOf, type Site, serve, withPage, workerOf } from './chromium.ts'
import type { Commands } from './files.page.ts'

const run = runnerOf<Commands>()
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"><script>opener.ran = 1; top.ran = 1</script><rect width="7" height="5"/></svg>`
const EVIL = '<script>localStorage.ran = 1; document.title = "ran"</script>'
const SIZE = 400_000
const FILES = [
  { path: 'videos/Ä b.webm', type: 'video/webm', size: SIZE },
  { path: 'pixel.svg', type: 'image/svg+xml', text: SVG },
  { path: 'evil.html', type: 'text/html', text: EVIL },
  { path: 'evil.js', type: 'text/javascript', text: 'globalThis.ran = 1' },
  { path: 'plain.txt', type: 'text/plain', text: EVIL },
]

let context: BrowserContext
let site: Site

beforeAll(async () => {
  const files = new Map([...(await bundle('files.page.ts')), ['files-worker.js', await workerOf('files-worker')]])
  // A page below another folder has no worker from here.
  site = await serve(withPage(files))
  context = await profile()
})

afterEach(async () => {
  await closePages(context)
})

afterAll(async () => {
  await context?.close()
  await site?.close()
})

async function begun(): Promise<Page> {
  const page = await open(context, site)
  expect(await run(page, 'begin', { files: FILES, worker: '/files-worker.js' })).toBeNull()
  return page
}

async function urlOf(page: Page, path: string): Promise<string> {
  const url = await run(page, 'url', path)
  expect(url).toMatch(/\/peerset-files\/site\//)
  return url ?? ''
}

test('an image is shown, and of a long file the range that is asked for is brought', async () => {
  const page = await begun()
  expect(await run(page, 'draw', await urlOf(page, 'pixel.svg'))).toBe(7)
  const url = await urlOf(page, 'videos/Ä b.webm')
  const at = 300_000
  const got = await run(page, 'get', { url, range: `bytes=${at}-${at + 99}` })
  expect(got).toEqual({
    status: 206,
    type: 'video/webm',
    size: 100,
    body: [0, 1, 2, 3].map(each => (at + each + ((at + each) >> 8)) & 255),
  })
  expect(await run(page, 'get', { url })).toMatchObject({ status: 200, size: SIZE })
  expect(await run(page, 'get', { url: `${url}x`, range: `bytes=${SIZE}-` })).toMatchObject({ status: 416 })
  expect(await run(page, 'url', 'none')).toBeNull()
})

test('a video goes to any time of it by the ranges that it asks for', async () => {
  const page = await open(context, site)
  const files = [{ path: 'tone.wav', type: 'audio/wav', seconds: 240 }]
  expect(await run(page, 'begin', { files, worker: '/files-worker.js' })).toBeNull()
  const ranges: (string | undefined)[] = []
  page.on('response', response => {
    if (response.url().includes('tone.wav') && response.status() === 206)
      ranges.push(response.headers()['content-range'])
  })
  expect(await run(page, 'play', { url: await urlOf(page, 'tone.wav'), at: 200 })).toEqual({ duration: 240, at: 200 })
  const starts = ranges.map(range => Number(/bytes (\d+)-/.exec(range ?? '')?.[1]))
  expect(Math.min(...starts)).toBe(0)
  // Not all that lies before was read.
  expect(Math.max(...starts)).toBeGreaterThan(1_000_000)
})

test('what could run is bytes to be saved, and a document of a file is of no origin', async () => {
  const page = await begun()
  for (const path of ['evil.html', 'evil.js']) {
    expect(await run(page, 'get', { url: await urlOf(page, path) })).toMatchObject({ type: 'application/octet-stream' })
  }
  const script = await urlOf(page, 'evil.js')
  const isRefused = await page.evaluate(async src => {
    const element = document.createElement('script')
    const done = new Promise(resolve => {
      element.onerror = () => resolve(true)
      element.onload = () => resolve('ran' in globalThis)
    })
    element.src = src
    document.body.append(element)
    return await done
  }, script)
  expect(isRefused).toBe(true)
  const saved = page.waitForEvent('download')
  await page.evaluate(href => void globalThis.open(href), await urlOf(page, 'evil.html'))
  expect((await saved).suggestedFilename()).toBe('evil.html')
  const plain = await context.newPage()
  await plain.goto(await urlOf(page, 'plain.txt'))
  expect(await plain.evaluate(() => [document.body.textContent, self.origin])).toEqual([EVIL, 'null'])
  expect(await page.evaluate(() => [localStorage.getItem('ran'), 'ran' in globalThis])).toEqual([null, false])
})

test('paths that lead out are no files, and what nobody gives out any more is said so', async () => {
  const page = await begun()
  const other = async (path: string) => await run(page, 'get', { url: `${site.origin}/peerset-files/site/${path}` })
  expect((await other('..%2Findex.html')).status).toBe(400)
  expect((await other('nothing.png')).status).toBe(404)
  expect((await run(page, 'get', { url: `${site.origin}/peerset-files/../index.html` })).type).toBe('text/html')
})

test('a page that is closed meanwhile is followed by another of the same room', async () => {
  const [first, second] = [await begun(), await begun()]
  const url = await urlOf(second, 'plain.txt')
  await first.close()
  expect(await run(second, 'get', { url })).toMatchObject({ status: 200, size: EVIL.length })
})

test('a worker that the page has already is not put out of its place', async () => {
  await begun()
  const page = await open(context, site)
  expect(await run(page, 'begin', { files: [], worker: '/page.js' })).toContain('let that import files-worker.js')
  expect(await run(page, 'begin', { files: [], worker: null })).toBeNull()
})

test('where no worker begins addresses are those of bytes, good until they are closed, and it is said why', async () => {
  const page = await open(context, site)
  expect(await run(page, 'begin', { files: FILES, worker: '/none/missing.js' })).toContain('missing.js')
  const url = (await run(page, 'url', 'videos/Ä b.webm')) ?? ''
  expect(url).toMatch(/^blob:/)
  expect(await run(page, 'get', { url })).toMatchObject({ type: 'video/webm', size: SIZE })
  expect(await run(page, 'url', 'videos/Ä b.webm')).toBe(url)
  expect(await run(page, 'get', { url: (await run(page, 'url', 'evil.html')) ?? '' })).toMatchObject({
    type: 'application/octet-stream',
  })
  await run(page, 'close')
  await expect(run(page, 'get', { url })).rejects.toThrow('Failed to fetch')
})
