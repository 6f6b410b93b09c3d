import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bundle, closePages, type Files, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import type { Commands } from './dashboard.page.ts'

let context: BrowserContext
let files: Files
let site: Site
const complaints: string[] = []

beforeAll(async () => {
  files = await bundle('dashboard.page.ts')
  context = await profile()
  site = await serve(withPage(files))
})

afterEach(async () => {
  await closePages(context)
  expect(complaints.splice(0)).toEqual([])
})

afterAll(async () => {
  await context?.close()
  await site?.close()
})

/** Run a command of the page. */
const run = runnerOf<Commands>()

/** Open the page with a dashboard of *width* pixels that shows *count* records and two peers. */
async function show(count: number, width = 1_280): Promise<Page> {
  const page = await open(context, site)
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  await page.setViewportSize({ width, height: 900 })
  await run(page, 'fill', { count, peers: 2 })
  return page
}

function part(page: Page, name: string): Locator {
  return page.locator(`peerset-dashboard-${name}`)
}

function words(locator: Locator): Promise<string> {
  return locator.evaluate(element => (element.shadowRoot ?? element).textContent?.replace(/\s+/g, ' ') ?? '')
}

test('a dashboard shows the set, the peers, the messages and the records', async () => {
  const page = await show(60)
  await expect.poll(async () => (await run(page, 'state')).roots).toBe(1)
  const { counts } = await run(page, 'state')
  await expect.poll(() => words(part(page, 'heading'))).toContain(`Records${counts[0]} `)
  await expect.poll(() => part(page, 'peers').locator('tbody tr').count()).toBe(2)
  await expect.poll(() => part(page, 'records').locator('tbody tr').count()).toBe(50)
  await expect.poll(() => words(part(page, 'figures'))).toMatch(/Refused by.*signature/)
  await expect.poll(() => words(part(page, 'terminal'))).toContain('RecordRejected')
  await expect.poll(() => part(page, 'messages').locator('tbody tr').count()).toBeGreaterThan(5)
  await expect.poll(() => part(page, 'days').locator('circle').count()).toBeGreaterThan(20)
})

test('long and hostile texts break no layout, wide or narrow', async () => {
  const page = await show(3)
  await expect.poll(() => words(part(page, 'records'))).toContain('xxxx')
  for (const width of [1_280, 861, 859, 390, 360]) {
    await page.setViewportSize({ width, height: 900 })
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
})

test('a record is found, opened by keyboard, and closed again', async () => {
  const page = await show(3)
  const records = part(page, 'records')
  await records.getByLabel('Words or id').fill('weather mast is back')
  await expect.poll(() => records.locator('tbody tr').count()).toBe(1)
  await records.locator('tbody button').focus()
  await page.keyboard.press('Enter')
  const dialog = part(page, 'detail').locator('dialog')
  await expect.poll(() => dialog.isVisible()).toBe(true)
  await expect.poll(() => words(dialog)).toContain('"content": "The weather mast is back')
  await page.keyboard.press('Escape')
  await expect.poll(() => dialog.count()).toBe(0)
  await records.locator('tbody tr').click()
  await expect.poll(() => dialog.isVisible()).toBe(true)
  await dialog.getByRole('button', { name: 'Close' }).click()
  await records.getByRole('button', { name: 'Clear search' }).click()
  await expect.poll(() => records.locator('tbody tr').count()).toBeGreaterThan(5)
})

test('tables and tabs are one tab stop each, and arrows move inside', async () => {
  const page = await show(60)
  const records = part(page, 'records')
  await expect.poll(() => records.locator('tbody tr').count()).toBe(50)
  const focused = () =>
    records.evaluate(element => {
      const at = element.shadowRoot?.activeElement?.closest('td')
      return at ? [at.closest('tr')?.sectionRowIndex, at.cellIndex] : null
    })
  await records.getByLabel('Until').focus()
  const until = () => records.evaluate(element => element.shadowRoot?.activeElement?.closest('td') !== null)
  // A field for a date has several stops of its own.
  for (let presses = 0; presses < 6 && !(await until()); presses += 1) await page.keyboard.press('Tab')
  await expect.poll(() => focused()).toEqual([0, 0])
  const leads = async (keys: string, at: readonly number[] | null) => {
    for (const key of keys.split(' ')) await page.keyboard.press(key)
    await expect.poll(focused).toEqual(at)
  }
  await leads('ArrowDown ArrowDown ArrowRight', [2, 1])
  await leads('End', [2, 6])
  await leads('Control+End', [49, 6])
  await leads('Home PageUp', [39, 0])
  await leads('Tab', null)
  await leads('Shift+Tab', [39, 0])
  await page.keyboard.press('Enter')
  await expect.poll(() => part(page, 'detail').locator('dialog').isVisible()).toBe(true)
  await page.keyboard.press('Escape')
  await expect.poll(() => part(page, 'detail').locator('dialog').count()).toBe(0)
  await expect.poll(() => focused()).toEqual([39, 0])

  await page.setViewportSize({ width: 390, height: 900 })
  const tabs = page.locator('peerset-dashboard').getByRole('tab')
  const indices = () => tabs.evaluateAll(all => all.map(tab => (tab as HTMLElement).tabIndex))
  await expect.poll(indices).toEqual([0, -1, -1, -1, -1])
  await tabs.first().click()
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => part(page, 'peers').isVisible()).toBe(true)
  await expect.poll(() => tabs.nth(1).evaluate(tab => tab.matches(':focus'))).toBe(true)
  await page.keyboard.press('End')
  await expect.poll(() => part(page, 'terminal').isVisible()).toBe(true)
})

test('no word breaks in the tabs of a phone', async () => {
  const page = await show(3, 390)
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 800 })
    // A system font may be wider than ours.
    await page.addStyleTag({ content: 'peerset-dashboard { --peerset-font: monospace }' })
    const tabs = page.locator('peerset-dashboard').getByRole('tab')
    const heights = () => tabs.evaluateAll(all => all.map(tab => tab.getBoundingClientRect().height))
    await expect.poll(heights).toEqual([40, 40, 40, 40, 40])
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
})

test('a day leads to its records, on a phone too', async () => {
  const page = await show(40, 390)
  const days = part(page, 'days')
  await expect.poll(() => words(days)).toContain('2026-11-21')
  await expect.poll(() => part(page, 'records').isVisible()).toBe(false)
  await days.getByRole('button', { name: 'Show records' }).click()
  await expect.poll(() => part(page, 'records').isVisible()).toBe(true)
  await expect.poll(() => part(page, 'records').getByLabel('Since').inputValue()).toBe('2026-11-21')
  await expect.poll(() => days.isVisible()).toBe(false)
})

test('a quarantined record is released', async () => {
  const page = await show(3)
  const moderation = part(page, 'moderation')
  await expect.poll(() => words(part(page, 'records'))).toContain('quarantined')
  await moderation.getByRole('button', { name: 'Release' }).click()
  await expect.poll(() => moderation.getByRole('button').count()).toBe(0)
  // What was refused stays listed, with its reason.
  await expect.poll(() => words(moderation)).toMatch(/signature refused: .*age refused: /)
  await expect.poll(() => words(part(page, 'records'))).not.toContain('quarantined')
})

test('records are generated, exported, and imported after a reset', async () => {
  const page = await show(3)
  const tools = part(page, 'tools')
  await tools.getByLabel('Records').fill('20')
  await tools.getByRole('button', { name: 'Generate' }).click()
  await expect.poll(() => words(tools)).toContain('20 records are new.')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    tools.getByRole('button', { name: 'Export' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('lobby.jsonl')
  const path = await download.path()
  await tools.getByRole('button', { name: 'Reset' }).click()
  await tools.getByRole('button', { name: 'Reset' }).click()
  await expect.poll(() => words(tools)).toContain('joined anew')
  // Meanwhile the dashboard looks at its properties again, which must not bring back the room that was left.
  await page.waitForTimeout(1_500)
  await tools.locator('input[type=file]').setInputFiles(path)
  await expect.poll(() => words(tools)).toMatch(/\d+ records are new/)
  await expect.poll(async () => new Set((await run(page, 'state')).counts.slice(2)).size).toBe(1)
})

test('the room of an element is followed, and a reset deletes what the page keeps of it', async () => {
  const page = await open(context, site)
  await run(page, 'follow')
  const heading = part(page, 'heading')
  const tools = part(page, 'tools')
  await expect.poll(() => words(heading)).toContain('Records1 ')
  await tools.getByRole('button', { name: 'Reset' }).click()
  await tools.getByRole('button', { name: 'Keep' }).click()
  await tools.getByRole('button', { name: 'Reset' }).click()
  await tools.getByRole('button', { name: 'Reset' }).click()
  await expect.poll(() => words(tools)).toContain('joined anew')
  await expect.poll(() => words(heading)).toContain('Records0 ')
  await expect.poll(() => words(heading)).toContain('looking for peers')
})

test('a dashboard without a room says so, and a wrong attribute is told', async () => {
  const page = await open(context, site)
  await expect.poll(() => words(part(page, 'heading'))).toContain('No room is shown yet.')
  await run(page, 'attributes', { room: 'lobby', signaling: 'http://nowhere' })
  await expect
    .poll(() => words(page.locator('peerset-dashboard')))
    .toContain('The attribute signaling is wrong: "http://nowhere" does not say how to meet')
})

test('the card of collections tells of fields, indexes, documents and slow queries, and peers are drawn', async () => {
  const page = await show(20)
  const card = part(page, 'collections')
  await expect.poll(() => words(card)).toContain('declared no collection')
  await run(page, 'declare', 3)
  await expect.poll(() => words(card)).toMatch(/cafes\s*name text, stars number\s*stars\s*3\s*0/)
  await run(page, 'declare', 1)
  await expect.poll(() => words(card)).toContain('find stars gte, by -time')
  await run(page, 'settle')
  await expect.poll(() => part(page, 'peers').locator('svg.topology line').count()).toBe(2)
})
