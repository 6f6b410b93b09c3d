/** Linking a device by one code, between two pages, or a page and a terminal, that meet at a real tracker. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { readGrant } from '../../src/core/grant.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { shortNpub } from '../../src/elements/author.ts'
import { peerset, startTracker, type Verb } from './python.ts'
import { run, seen, visits } from './visit.ts'

const visit = visits()

let tracker: Verb
let url: string

beforeAll(async () => {
  const started = await startTracker()
  tracker = started.verb
  url = started.url
})

afterAll(() => tracker?.end())

/** Open the page of whoever owns the room, who shows a code; give both. */
async function showing(): Promise<readonly [owner: Page, link: string]> {
  const owner = await visit.open()
  await run(owner, 'link', { signaling: url, isOwner: true })
  await owner.locator('[part=who]').click()
  await owner.getByRole('button', { name: 'Link a device…' }).click()
  await owner.getByRole('img', { name: 'QR code that links a device' }).waitFor()
  return [owner, (await owner.locator('[part=linking-link]').getAttribute('href')) ?? '']
}

/** Show a code in one page, and open it in another. */
async function offering(): Promise<readonly [owner: Page, device: Page]> {
  const [owner, link] = await showing()
  const device = await visit.open()
  // Another name of this machine is another origin, with a storage of its own.
  await device.goto(link.replace('127.0.0.1', 'localhost'))
  await run(device, 'link', { signaling: url, isOwner: false })
  return [owner, device]
}

test('a device opens the code of another one, asks, and writes for it once that says yes', async () => {
  const [owner, device] = await offering()
  await device.getByRole('heading', { name: 'Link this device' }).waitFor()
  expect(device.url()).not.toContain('peerset')
  await device.getByLabel('What do you call this device?').fill('Phone')
  await device.getByRole('button', { name: 'Ask' }).click()
  await device.getByRole('status').getByText('Waiting for the other device').waitFor()
  await owner.getByRole('heading', { name: 'Let “Phone” write for you?' }).waitFor()
  const keys = [owner, device].map(page => page.locator('[part=linking-key]').textContent())
  expect(await keys[0]).toBe(await keys[1])
  await owner.getByRole('button', { name: 'Let it write' }).click()
  await owner.getByRole('heading', { name: '“Phone” is linked' }).waitFor()
  await device.getByRole('heading', { name: 'This device is linked' }).waitFor()
  await device.getByRole('button', { name: 'Close' }).click()
  await device.getByLabel('Write a record').fill('from the phone')
  await device.getByRole('button', { name: 'Send' }).click()
  const linking = Array(3).fill('Something between two linked devices.')
  await seen(owner.locator('peerset-room'), [...linking, 'from the phone'])
})

test('a page opens the code that a terminal shows, and a terminal that of a page', async () => {
  const [owner, laptop] = [49, 51].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
  const folder = await mkdtemp(join(tmpdir(), 'peerset-linked-'))
  const [mine, theirs] = [join(folder, 'mine.key'), join(folder, 'theirs.key')]
  await writeFile(mine, `${owner.toNsec()}\n`, { mode: 0o600 })
  await writeFile(theirs, `${laptop.toNsec()}\n`, { mode: 0o600 })
  const met = ['--signaling', url, '--store', 'memory:']
  const device = await visit.open()
  const [page = ''] = device.url().split('#')
  const rules = ['--policy', `writers:owners=${npub(owner.publicKey)}`]
  const linking = peerset('devices', 'link', 'lobby', '--key', mine, '--page', page, '--yes', ...rules, ...met)
  const [code] = await linking.line(/^http:\S+#peerset-device:\S+/)
  await device.goto(code)
  await run(device, 'link', { signaling: url, isOwner: false })
  await device.getByLabel('What do you call this device?').fill('Tablet')
  await device.getByRole('button', { name: 'Ask' }).click()
  await device.getByRole('heading', { name: 'This device is linked' }).waitFor()
  await linking.line(/Tablet/)
  await device.close()

  const [shown, link] = await showing()
  const asking = peerset('devices', 'ask', link, 'Laptop', '--key', theirs, ...rules, ...met)
  await shown.getByRole('heading', { name: 'Let “Laptop” write for you?' }).waitFor()
  expect(await shown.locator('[part=linking-key]').textContent()).toBe(shortNpub(laptop.publicKey))
  await shown.getByRole('button', { name: 'Let it write' }).click()
  const [address] = await asking.line(/^peerset:\S+grant=\S+/)
  const grant = readGrant(parseAddress(address).grants[0] ?? '')
  expect(grant).toMatchObject({ owner: owner.publicKey, writer: laptop.publicKey, isOnBehalf: true })
  await Promise.all([linking.end(), asking.end()])
  await rm(folder, { recursive: true })
})

test('what is no code is said to be damaged, and the page goes on', async () => {
  const page = await visit.open()
  await page.evaluate(() => {
    globalThis.location.hash = '#peerset-device:x'
  })
  await run(page, 'link', { signaling: '', isOwner: true })
  await page.getByRole('status').getByText('this code for a new device is damaged').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByLabel('Write a record').fill('as before')
  await page.getByRole('button', { name: 'Send' }).click()
  await seen(page.locator('peerset-room'), ['as before'])
})
