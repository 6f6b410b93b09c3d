/** The page that Python serves, under the policy that it is served with. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { profile } from './chromium.ts'
import { peerset, startTracker, type Verb } from './python.ts'

const DEMO_RECORDS = 30
/** A picture of one pixel. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

let context: BrowserContext
let tracker: { readonly url: string; readonly verb: Verb }
const verbs: Verb[] = []
const complaints: string[] = []

beforeAll(async () => {
  tracker = await startTracker()
})

// One for each test: the clock of a page is that of all pages of its profile.
beforeEach(async () => {
  context = await profile()
  context.on('weberror', error => complaints.push(String(error.error())))
  context.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
})

afterEach(async () => {
  await context.close()
  for (const verb of verbs.splice(0)) await verb.end()
  expect(complaints.splice(0)).toEqual([])
})

afterAll(() => tracker?.verb.end())

async function open(address: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(address)
  return page
}

/** Wait until the page's room holds *count* records. */
async function holds(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    wanted => document.querySelector<PeersetRoom>('peerset-room')?.peer?.count === wanted,
    count,
  )
}

test('two pages that Python serves meet in the room they are told, and keep records for as long as it does', async () => {
  const { url } = tracker
  const server = peerset('serve', 'lobby', '--signaling', url, '--port', '0', '--retention', '1h')
  verbs.push(server)
  const [address] = await server.line(/^http:\S+/)
  // Each name of this machine is an origin of its own, with a storage of its own.
  const one = await context.newPage()
  await one.clock.install()
  await one.goto(address)
  const other = await open(address.replace('127.0.0.1', 'localhost'))
  for (const [page, text] of [
    [one, 'from one'],
    [other, 'from the other'],
  ] as const) {
    await page.getByLabel('Write a record').fill(text)
    await page.getByLabel('Write a record').press('Enter')
  }
  for (const page of [one, other]) {
    await holds(page, 2)
    await page.locator('peerset-room').getByText('from one', { exact: true }).waitFor()
    await expect.poll(() => page.workers().length).toBeGreaterThan(0)
  }
  await one.clock.fastForward('01:30:00')
  await holds(one, 0)
})

test('a page that Python serves takes files, and another one shows and fetches them', async () => {
  const { url } = tracker
  const server = peerset('serve', 'shelf', '--signaling', url, '--port', '0')
  verbs.push(server)
  const [address] = await server.line(/^http:\S+/)
  const one = await open(address)
  const other = await open(address.replace('127.0.0.1', 'localhost'))
  await one.getByLabel('Add files').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.alloc(100_000, 'n') },
  ])
  const picture = other.getByRole('img', { name: 'dot.png' })
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1)
  await other.getByRole('button', { name: 'Fetch notes.txt' }).click()
  await other.getByRole('link', { name: 'Save notes.txt' }).waitFor()
})

test('by a link that Python writes, the page joins a room with a password, reads what is there and writes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peerset-invited-'))
  const [key, password] = [join(folder, 'own.key'), join(folder, 'password')]
  await writeFile(password, 'correct horse\n')
  await peerset('keys', 'new', key).line(/^npub1/)
  const { url } = tracker
  // The page is of another room, and follows the link.
  const server = peerset('serve', 'lobby', '--signaling', url, '--port', '0')
  const [address] = await server.line(/^http:\S+/)
  const place = ['garden', '--signaling', url, '--password-file', password]
  const own = [...place, '--store', 'memory:', '--key', key]
  const member = peerset('join', ...own)
  verbs.push(server, member)
  await member.line(/joined/)
  await peerset('publish', ...own.toSpliced(1, 0, 'from Python'), '--wait', '60', '--json').line(/from Python/)
  await member.line(/from Python/)
  const [link] = await peerset('invite', ...place, '--page', address).line(/^http:\S+/)
  expect(link).toMatch(/#peerset:peerset\/garden\?.*password=correct%20horse/)
  const page = await open(link)
  await holds(page, 1)
  await page.locator('peerset-room').getByText('from Python', { exact: true }).waitFor()
  expect(page.url()).not.toContain('horse')
  await page.getByLabel('Write a record').fill('from the page')
  await page.getByLabel('Write a record').press('Enter')
  await member.line(/from the page/)
  await rm(folder, { recursive: true })
})

test('who is invited by a link with a grant writes what others may not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'peerset-granted-'))
  const key = join(folder, 'owner.key')
  const [owner] = await peerset('keys', 'new', key).line(/^npub1\S+/)
  const { url } = tracker
  const server = peerset('serve', 'lobby', '--signaling', url, '--port', '0')
  const [address] = await server.line(/^http:\S+/)
  const place = ['orchard', '--signaling', url, '--policy', `writers:owners=${owner}`, '--key', key]
  const member = peerset('join', ...place, '--store', 'memory:')
  verbs.push(server, member)
  await member.line(/joined/)
  const [link] = await peerset('invite', ...place, '--page', address).line(/^http:\S+/)
  const page = await open(link)
  const room = page.locator('peerset-room')
  // What `mayWrite` says stands in the composer's place, and so does the key that an owner must know.
  await expect.poll(() => room.locator('[part=refused]').textContent()).toContain(`it carries no grant: ask ${owner}`)
  expect(await page.getByLabel('Write a record').isVisible()).toBe(false)
  const visitor = (await room.locator('[part=own-key]').textContent()) ?? ''
  const [granted] = await peerset('invite', ...place, '--for', visitor, '--page', address).line(
    /^http:\S+#\S+grant=\S+/,
  )
  await page.evaluate(href => globalThis.location.assign(href), granted)
  await page.getByLabel('Write a record').fill('by a grant')
  await page.getByRole('button', { name: 'Send' }).click()
  await member.line(/by a grant/)
  await rm(folder, { recursive: true })
})

test("the demo's page converges with the demo's peers", async () => {
  const demo = peerset('demo', '--page', '--peers', '2', '--records', String(DEMO_RECORDS))
  verbs.push(demo)
  const [, address = ''] = await demo.line(/in the browser: (\S+)/)
  const page = await open(address)
  await demo.line(/^2 peers hold the same 60 records/)
  await holds(page, 2 * DEMO_RECORDS)
  await page.locator('peerset-dashboard').getByText('in peerset-demo').waitFor()
})
