/** Visits to the page of the element: what the tests of `<peerset-room>` have in common. */

import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { bundle, closePages, type Files, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import type { Commands } from './element.page.ts'

export const LOBBY = { attributes: { room: 'lobby' } }

/** One profile and one site, for all tests of a file. */
export interface Visits {
  /** Open the page, with the content security policy *policy*, if any. */
  open(policy?: string): Promise<Page>
  /** Open the page with an element in the lobby and a friend there, both in sync; at *host*, as passkeys want one. */
  meet(showing?: Parameters<Commands['show']>[0], host?: string): Promise<[Page, Locator]>
}

/** Have a browser for the tests of this file; a script's error on any page fails the test. */
export function visits(): Visits {
  const errors: string[] = []
  const others: Site[] = []
  let files: Files
  let context: BrowserContext
  let site: Site

  beforeAll(async () => {
    files = withPage(await bundle('element.page.ts'))
    site = await serve(files)
    context = await profile()
    context.on('weberror', error => errors.push(String(error.error())))
  })

  afterEach(async () => {
    await closePages(context)
    for (const other of others.splice(0)) await other.close()
    expect(errors.splice(0)).toEqual([])
  })

  afterAll(async () => {
    await context?.close()
    await site?.close()
  })

  return {
    async open(policy) {
      if (policy === undefined) return await open(context, site)
      const other = await serve(files, policy)
      others.push(other)
      return await open(context, other)
    },
    async meet(showing = LOBBY, host = '127.0.0.1') {
      const page = await open(context, { ...site, origin: site.origin.replace('127.0.0.1', host) })
      await run(page, 'befriend', 1)
      await run(page, 'show', showing)
      const room = page.locator('peerset-room')
      await room.evaluate((element: PeersetRoom) => element.synced())
      return [page, room]
    },
  }
}

/** Run a command of the page. */
export const run = runnerOf<Commands>()

/** Have the first friend bring in *count* records, and wait until the element's room has all. */
export async function brought(page: Page, room: Locator, count: number): Promise<void> {
  await run(page, 'bring', count)
  await expect.poll(() => room.evaluate((element: PeersetRoom) => element.peer?.count)).toBe(count)
}

/** Wait until the texts of the records shown are *texts*, in any order. */
export async function seen(room: Locator, texts: readonly string[]): Promise<void> {
  const contents = room.locator('[part=content]')
  await expect.poll(async () => (await contents.allTextContents()).sort()).toEqual([...texts].sort())
}

/** Wait until *count* records are shown, the last one with the text *last*. */
export async function shown(room: Locator, count: number, last: string): Promise<void> {
  const texts = () => room.locator('[part=content]').allTextContents()
  await expect.poll(async () => [(await texts()).length, (await texts()).at(-1)]).toEqual([count, last])
}
