/** Both elements, in each of their states, as axe sees them: with the system's colours and forced ones (WCAG 2.2 AA). */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import type { Room } from '../../src/room/room.ts'
import { bundle, type Files, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import type { Commands as DashboardCommands } from './dashboard.page.ts'
import { LOBBY, run, visits } from './visit.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LOOKS = [
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', forcedColors: 'active' },
] as const
/** Rules about colours that WCAG 2.2 AA has; by their tag axe would apply those of AAA as well. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block']

const visit = visits()
const tell = runnerOf<DashboardCommands>()

let context: BrowserContext
let files: Files
let site: Site

beforeAll(async () => {
  files = await bundle('dashboard.page.ts')
  context = await profile()
  site = await serve(withPage(files))
})

afterAll(async () => {
  await context?.close()
  await site?.close()
})

/** Give what axe finds in *selector*: by every rule in the first look, in others by those of colour; the rule, and where. */
async function faultsIn(page: Page, selector: string): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE)
  const found: string[] = []
  for (const [place, look] of LOOKS.entries()) {
    const rules = place === 0 ? {} : { runOnly: { type: 'rule' as const, values: OF_COLOUR } }
    await page.emulateMedia({ forcedColors: 'none', reducedMotion: 'reduce', ...look })
    found.push(
      ...(
        await page.evaluate(
          async ([selector, rules]) => {
            const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe
            const { violations } = await axe.run(selector, { ...rules, resultTypes: ['violations'] })
            return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`))
          },
          [selector, rules] as const,
        )
      ).map(fault => `${Object.values(look).join(' ')}: ${fault}`),
    )
  }
  return [...new Set(found)]
}

test('a room has no violation, joined, wrong, alone, full, and while its visitor signs', async () => {
  const states = [
    { attributes: { room: 'lobby' } },
    { attributes: {} },
    { attributes: { room: 'lobby', defer: '' } },
    { attributes: { room: 'lobby', readonly: '' } },
    { attributes: { room: 'lobby', identity: 'vault' } },
  ]
  for (const state of states) {
    const page = await visit.open()
    await run(page, 'show', state)
    await run(page, 'befriend', 1)
    await page.waitForTimeout(300)
    expect([state, await faultsIn(page, 'peerset-room')]).toEqual([state, []])
    await page.close()
  }
})

test('a sealed room has no violation, while it asks for the secret and with what is not shown', async () => {
  const page = await visit.open()
  await run(page, 'confide', vectors.secrets[0]?.text ?? '')
  await run(page, 'say', { number: 0, content: 'hush' })
  await run(page, 'show', LOBBY)
  const room = page.locator('peerset-room')
  await room.getByText('1 record here is sealed').waitFor()
  await room.getByText('What is not shown').click()
  await room.locator('[part=reason]').waitFor()
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
})

test('a room that few may write in has no violation, read only, with a grant that is refused, and invited', async () => {
  const page = await visit.open()
  await run(page, 'own')
  await run(page, 'enter', [])
  const room = page.locator('peerset-room')
  await room.locator('[part=refused]').waitFor()
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
  await room.getByLabel('If you were given a grant').fill('nothing')
  await room.getByRole('button', { name: 'Use it' }).click()
  await expect.poll(() => room.locator('#ungranted').textContent()).not.toBe('')
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
  await run(page, 'invite', [await run(page, 'grant', { seconds: 600 })])
  await room.getByLabel('Write a record').waitFor()
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
})

test('a room with files has no violation, with a picture, a file that is here, one that is not, and one that was refused', async () => {
  const page = await visit.open()
  await run(page, 'keepFiles')
  await run(page, 'theyPutFile', { path: 'pixel.png', type: 'image/png' })
  await run(page, 'theyPutFile', { path: 'here.bin', type: '', size: 10 })
  await run(page, 'theyPutFile', { path: 'there.bin', type: '', size: 10 })
  await run(page, 'show', { attributes: { room: 'lobby', files: 'files' }, limits: { blob: '128 KiB' } })
  const room = page.locator('peerset-room')
  await room.getByRole('img', { name: 'pixel.png' }).waitFor()
  await room.getByRole('button', { name: 'Fetch here.bin' }).click()
  await room.getByRole('link', { name: 'Save here.bin' }).waitFor()
  await run(page, 'dropFiles', [{ name: 'big.bin', size: 140_000 }])
  await expect.poll(() => room.locator('[part=file-failure]').textContent()).toContain('big.bin')
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
})

test('a room full of records has no violation', async () => {
  const page = await visit.open()
  await run(page, 'show', LOBBY)
  await run(page, 'befriend', 2)
  await run(page, 'bring', 60)
  await page.locator('peerset-room').getByText('record 60').waitFor()
  expect(await faultsIn(page, 'peerset-room')).toEqual([])
})

test('a dashboard has no violation, empty and full, wide and narrow', async () => {
  for (const [count, width] of [
    [0, 1_280],
    [60, 1_280],
    [12, 390],
  ] as const) {
    const page = await open(context, site)
    await page.setViewportSize({ width, height: 900 })
    await tell(page, 'fill', { count, peers: 2 })
    await page.waitForTimeout(500)
    expect([count, width, await faultsIn(page, 'peerset-dashboard')]).toEqual([count, width, []])
    await page.close()
  }
})

test('a dashboard has no violation offline, with a ban and a mute, and with a record open', async () => {
  const page = await open(context, site)
  await page.setViewportSize({ width: 1_280, height: 900 })
  await tell(page, 'fill', { count: 3, peers: 0 })
  await page.evaluate(async () => {
    const room = (globalThis as unknown as { rooms: Room[] }).rooms.at(-1)
    if (room === undefined) throw new Error('a room is shown')
    const stranger = 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9'
    await room.moderation.mute(stranger)
    await room.moderation.ban(stranger as never, { seconds: 7_200, reason: 'floods' })
  })
  await context.setOffline(true)
  try {
    const dashboard = page.locator('peerset-dashboard')
    await dashboard.getByRole('button', { name: 'Lift' }).waitFor()
    await dashboard.getByRole('status').getByText('offline').waitFor()
    expect(await faultsIn(page, 'peerset-dashboard')).toEqual([])
    await dashboard.locator('peerset-dashboard-records tbody button').first().click()
    await dashboard.locator('dialog').waitFor()
    expect(await faultsIn(page, 'peerset-dashboard')).toEqual([])
  } finally {
    await context.setOffline(false)
  }
})

test('in forced colours every dot is painted', async () => {
  const page = await open(context, site)
  await tell(page, 'fill', { count: 3, peers: 1 })
  await page.locator('peerset-dashboard-peers .dot').first().waitFor()
  await page.emulateMedia({ forcedColors: 'active' })
  const [dot, canvas] = await page
    .locator('peerset-dashboard-peers .dot')
    .first()
    .evaluate(dot => {
      const probe = document.body.appendChild(document.createElement('i'))
      probe.style.background = 'Canvas'
      return [getComputedStyle(dot).backgroundColor, getComputedStyle(probe).backgroundColor]
    })
  expect(dot).not.toBe(canvas)
  const other = await visit.open()
  await run(other, 'show', LOBBY)
  await other.emulateMedia({ forcedColors: 'active' })
  const adjusted = await other
    .locator('peerset-room .label')
    .evaluate(label => getComputedStyle(label, '::before').forcedColorAdjust)
  expect(adjusted).toBe('none')
})
