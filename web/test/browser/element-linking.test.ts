/** Linking a device by one code, between two pages that meet at a real tracker. */

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTracker, type Verb } from './python.ts'
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

/** Open the page of whoever owns the room, who shows a code; give it, and the page by which another device opens it. */
async function offering(): Promise<readonly [owner: Page, device: Page]> {
  const owner = await visit.open()
  await run(owner, 'link', { signaling: url, isOwner: true })
  await owner.locator('[part=who]').click()
  await owner.getByRole('button', { name: 'Link a device…' }).click()
  await owner.getByRole('img', { name: 'QR code that links a device' }).waitFor()
  const link = (await owner.locator('[part=linking-link]').getAttribute('href')) ?? ''
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
