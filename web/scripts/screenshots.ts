/**
 * Take the pictures of docs/images: both elements, light, dark and as wide as a phone, and the states of a room, in headless
 * Chromium. With a folder, the states, or those named, are taken into that, each in ways that show what a layout forgets, and
 * nothing else is.
 *
 *     npm run screenshots
 *     npm run screenshots -- FOLDER [STATE...]
 */

import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { bundle, launch, open, runnerOf, serve, withPage } from '../test/browser/chromium.ts'
import type { Commands as DashboardCommands } from '../test/browser/dashboard.page.ts'
import type { Commands as RoomCommands } from '../test/browser/element.page.ts'
import { SCENES, type Scene } from './states.ts'

const [FOLDER, ...STATES] = process.argv.slice(2)
const IMAGES = FOLDER === undefined ? fileURLToPath(new URL('../../docs/images/', import.meta.url)) : `${FOLDER}/`
const DESK = { width: 1_280, height: 1_180 }
const ROOM = { width: 760, height: 590 }
const PHONE = { width: 390, height: 790 }
const STATE = { width: 560, height: 520 }
const NARROW = { width: 320, height: 560 }
const LONG_NAME = 'The rowing club of the upper lake, its friends, and whoever lends a boat'

/** What people say in the picture of a room: [who, seconds ago, what]. */
const TALK: readonly (readonly [by: number, secondsAgo: number, content: string])[] = [
  [41, 1_440, 'The tide table for the weekend is up. High water Saturday at 06:42.'],
  [43, 1_260, 'Thanks! Does anyone have the harbour webcam from before the storm?'],
  [42, 1_080, '{"text": "Yes, I kept the stills. Publishing them here, one record an hour."}'],
  [45, 540, 'Back online after two days at sea. Everything I wrote out there has just arrived, I think.'],
  [41, 480, 'All here, and the roots are equal.'],
  [43, 120, 'No server, and it still remembers. I like it.'],
]

const runRoom = runnerOf<RoomCommands>()
const runDashboard = runnerOf<DashboardCommands>()

interface Picture {
  readonly name: string
  readonly theme: 'light' | 'dark'
  readonly size: { readonly width: number; readonly height: number }
  /** Read from right to left, under a long name. */
  readonly isTurned?: boolean
  /** The state of the room. */
  readonly scene?: Scene
}

const ROOM_PICTURES: readonly Picture[] = [
  { name: 'room-light', theme: 'light', size: ROOM },
  { name: 'room-dark', theme: 'dark', size: ROOM },
  { name: 'room-phone', theme: 'light', size: PHONE },
]
const DASHBOARD_PICTURES: readonly Picture[] = [
  { name: 'dashboard-light', theme: 'light', size: DESK },
  { name: 'dashboard-dark', theme: 'dark', size: DESK },
  { name: 'dashboard-phone', theme: 'dark', size: PHONE },
]

await mkdir(IMAGES, { recursive: true })
const context = await launch()
try {
  if (FOLDER === undefined) {
    await takeAll(context, 'element.page.ts', ROOM_PICTURES, setRoom)
    await takeAll(context, 'dashboard.page.ts', DASHBOARD_PICTURES, setDashboard)
  }
  const wanted = Object.entries(SCENES).filter(([name]) => STATES.length === 0 || STATES.includes(name))
  const states = wanted.flatMap(([name, scene], at) => ways(name, at).map(picture => ({ ...picture, scene })))
  await takeAll(context, 'element.page.ts', states, setState)
} finally {
  await context.close()
}

async function takeAll(
  browser: BrowserContext,
  entry: string,
  pictures: readonly Picture[],
  set: (page: Page, picture: Picture) => Promise<void>,
): Promise<void> {
  const site = await serve(withPage(await bundle(entry)))
  for (const picture of pictures) {
    const { name, theme, size } = picture
    const page = await open(browser, site)
    await page.setViewportSize(size)
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.goto(`${site.origin}/#theme=${theme}`)
    await page.reload()
    await page.waitForFunction(() => 'commands' in globalThis)
    await set(page, picture)
    await page.screenshot({ path: `${IMAGES}${name}.png` })
    console.info(`${name}.png`)
    await page.close()
  }
  await site.close()
}

/** How the state *name* is shown: once for docs/images; else wide, narrow in the dark, and from right to left. */
function ways(name: string, at: number): Picture[] {
  if (FOLDER === undefined) return [{ name: `room-${name}`, theme: at % 2 === 0 ? 'light' : 'dark', size: STATE }]
  return [
    { name: `${name}-wide`, theme: 'light', size: STATE },
    { name: `${name}-narrow`, theme: 'dark', size: NARROW },
    { name: `${name}-turned`, theme: 'light', size: NARROW, isTurned: true },
  ]
}

async function setState(page: Page, { theme, scene, isTurned }: Picture): Promise<void> {
  await frame(page, theme)
  await scene?.(page, theme)
  if (isTurned) await turn(page)
  await page.waitForTimeout(500)
}

async function turn(page: Page): Promise<void> {
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
  await page.locator('peerset-room [part=name]').evaluate((heading, name) => {
    heading.textContent = name
  }, LONG_NAME)
}

async function frame(page: Page, theme: string): Promise<void> {
  await page.addStyleTag({ content: 'peerset-room { height: calc(100vh - 32px); margin: 16px }' })
  await page.evaluate(`document.body.style.background = '${theme === 'dark' ? '#0c0d10' : '#f0f1f5'}'`)
}

async function setRoom(page: Page, { theme }: Picture): Promise<void> {
  await frame(page, theme)
  await runRoom(page, 'show', { attributes: { room: 'lobby', theme } })
  await runRoom(page, 'befriend', 3)
  const talk = TALK.map(([by, secondsAgo, content]) => ({ by, secondsAgo, content }))
  await runRoom(page, 'bringThese', talk)
  await page.getByText('The tide table').waitFor({ timeout: 60_000 })
  await runRoom(page, 'publish', 'So do I. See you on Saturday.')
  await page.getByText('in sync').waitFor({ timeout: 60_000 })
}

async function setDashboard(page: Page): Promise<void> {
  await runDashboard(page, 'fill', { count: 300, peers: 3 })
  await runDashboard(page, 'chatter', 4)
  await runDashboard(page, 'settle')
  // The picture of a quiet moment: what was added last has stopped to flash.
  await page.waitForTimeout(2_000)
}
