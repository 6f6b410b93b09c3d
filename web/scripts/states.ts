/** The states of `<peerset-room>` that the pictures of docs/images show, each set in the page of its tests. */

import type { Page } from 'playwright-core'
import { runnerOf } from '../test/browser/chromium.ts'
import type { Commands } from '../test/browser/element.page.ts'

/** A secret: a passphrase takes its time. */
const SEAL = 'seal1edhyu35cpr8hxdmyqpmq2r9sw5w5yqmkla4yz05wec9r70cy4q0q2zw2uj'
const run = runnerOf<Commands>()

/** Sets one state, in *theme*. */
export type Scene = (page: Page, theme: 'light' | 'dark') => Promise<void>

async function seenIn(page: Page, part: string): Promise<void> {
  await page.locator(`peerset-room [part~="${part}"]`).first().waitFor({ timeout: 60_000 })
}

/** Two friends who seal what they say, and an open word. */
async function sealedTalk(page: Page): Promise<void> {
  await run(page, 'confide', SEAL)
  await run(page, 'confide', SEAL)
  await run(page, 'say', { number: 0, content: 'The key to the boathouse is under the third stone.' })
  await run(page, 'say', { number: 1, content: 'Found it. I lock up again at eight.' })
  await run(page, 'say', { number: 0, content: 'And please, nobody writes that on paper.' })
}

async function ownedTalk(page: Page, theme: string): Promise<void> {
  await run(page, 'own')
  await run(page, 'say', { number: 0, content: 'Welcome. I write down here what the club decides.' })
  await run(page, 'say', { number: 0, content: 'The regatta begins on Saturday at nine, in any weather.' })
  await run(page, 'enter', [])
  await dress(page, theme)
}

async function dress(page: Page, theme: string): Promise<void> {
  await page.evaluate(chosen => document.querySelector('peerset-room')?.setAttribute('theme', chosen), theme)
}

/** The states by the names of their pictures. */
export const SCENES: { readonly [name: string]: Scene } = {
  sealed: async (page, theme) => {
    await sealedTalk(page)
    await run(page, 'show', { attributes: { room: 'lobby', theme } })
    await seenIn(page, 'lock')
  },
  unlocked: async (page, theme) => {
    await sealedTalk(page)
    await run(page, 'show', { attributes: { room: 'lobby', theme }, asked: { seal: SEAL } })
    await page.getByText('nobody writes that on paper').waitFor({ timeout: 60_000 })
    await run(page, 'publish', 'Promised.')
  },
  readonly: async (page, theme) => {
    await ownedTalk(page, theme)
    await seenIn(page, 'refused')
  },
  invited: async (page, theme) => {
    await ownedTalk(page, theme)
    await seenIn(page, 'refused')
    await run(page, 'invite', [await run(page, 'grant', { seconds: 2_592_000 })])
    await page.getByText('in any weather').waitFor({ timeout: 60_000 })
    await page.getByLabel('Write a record').waitFor({ timeout: 60_000 })
    await run(page, 'publish', 'I bring the buoys.')
  },
  files: async (page, theme) => {
    await run(page, 'keepFiles')
    await run(page, 'show', { attributes: { room: 'lobby', files: 'files', theme } })
    await run(page, 'theyPaint', '2026-11-28/The harbour from the east pier, before the storm.png')
    await run(page, 'theyPutFile', { path: '2026-11-28/Tide table 2026.pdf', type: 'application/pdf', size: 48_300 })
    await seenIn(page, 'picture')
    await page
      .getByLabel('Add files')
      .setInputFiles({ name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.alloc(812) })
    await page.getByText('log.txt').first().waitFor({ timeout: 60_000 })
    await page.evaluate(() => document.querySelector('peerset-room')?.toggleAttribute('data-dropping', true))
  },
  marks: async (page, theme) => {
    await run(page, 'befriend', 2)
    await run(page, 'show', { attributes: { room: 'lobby', theme }, hiding: 'cheap' })
    await run(page, 'say', { number: 0, content: 'Does anybody have a spare mooring line?' })
    await run(page, 'say', { number: 1, content: 'Cheap ropes!!! Cheap ropes, only today, at ropes.example' })
    await run(page, 'say', { number: 0, content: 'No thanks. A borrowed one will do.' })
    await page.getByText('A borrowed one will do').waitFor({ timeout: 60_000 })
    await page.getByText('What is not shown').click()
    await seenIn(page, 'reason')
  },
  link: async (page, theme) => {
    await linkable(page, theme)
    await seenIn(page, 'linking-code')
  },
}

async function linkable(page: Page, theme: string): Promise<void> {
  await run(page, 'link', { signaling: '', isOwner: true })
  await dress(page, theme)
  await run(page, 'publish', 'Notes of this spring, from my desk.')
  await page.locator('peerset-room [part=who]').click()
  await page.getByRole('button', { name: 'Link a device…' }).click()
}
