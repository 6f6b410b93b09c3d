/** What a server rendered with lit, taken over by our elements in a page. */

import { render } from '@lit-labs/ssr'
import { collectResult } from '@lit-labs/ssr/lib/render-result.js'
import { html } from 'lit'
import type { BrowserContext, Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import '../../src/elements.ts'
import { bundle, open, profile, type Site, serve, withPage } from './chromium.ts'

let context: BrowserContext
const sites: Site[] = []

beforeAll(async () => {
  context = await profile()
})

afterAll(async () => {
  await context?.close()
  for (const site of sites) await site.close()
})

function standing(room: Locator): Locator {
  return room.locator('[part=status] [role=status]')
}

test.each(['rendered.page.ts', 'hydrated.page.ts'])('what a server rendered is shown once: %s', async entry => {
  const markup = await collectResult(
    render(html`<peerset-room id="lobby" room="lobby" signaling="" store="memory"></peerset-room>
      <peerset-dashboard for="lobby"></peerset-dashboard>`),
  )
  const files = withPage(await bundle(entry))
  const site = await serve(new Map([...files, ['index.html', `${files.get('index.html')}<body>${markup}</body>`]]))
  sites.push(site)
  const errors: string[] = []
  context.on('weberror', error => errors.push(String(error.error())))
  const page = await open(context, site)
  const [room, dashboard] = [page.locator('peerset-room'), page.locator('peerset-dashboard')]
  await expect.poll(() => standing(room).allTextContents()).toEqual(['offline by choice'])
  await room.getByLabel('Write a record').fill('hello')
  await room.getByRole('button', { name: 'Send' }).click()
  await expect.poll(() => room.locator('[part=content]').allTextContents()).toEqual(['hello'])
  await expect.poll(() => dashboard.locator('h2').filter({ hasText: 'lobby' }).count()).toBe(1)
  await expect.poll(() => dashboard.locator('[role=tablist]').count()).toBe(1)
  expect(errors).toEqual([])
  await page.close()
})
