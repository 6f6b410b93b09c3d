/** Sealed rooms in Chromium: passphrases in a worker, tabs that share one peer, and what the browser is given to keep. */

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { bundle, closePages, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import type { Commands } from './sealed.page.ts'

/** Nobody listens there: tabs find each other without a tracker. */
const NOWHERE = 'ws://127.0.0.1:9'
const SECRET = vectors.secrets[0]?.text ?? ''
const PASSPHRASE = 'correct horse battery staple'

let context: BrowserContext
let site: Site

beforeAll(async () => {
  const files = await bundle('sealed.page.ts')
  context = await profile()
  site = await serve(withPage(files))
})

afterEach(async () => {
  await closePages(context)
})

afterAll(async () => {
  await site?.close()
  await context?.close()
})

const run = runnerOf<Commands>()

async function enter(name: string, seal?: string): Promise<Page> {
  const page = await open(context, site)
  await run(page, 'join', { name, relay: NOWHERE, ...(seal !== undefined && { seal }) })
  return page
}

test('a passphrase is made a secret by a worker of its own', async () => {
  const page = await open(context, site)
  const workers: string[] = []
  page.on('worker', worker => workers.push(new URL(worker.url()).pathname))
  await run(page, 'join', { name: 'worker', seal: PASSPHRASE, relay: NOWHERE })
  expect(workers).toContain('/derive-worker.js')
  expect(page.workers().map(worker => new URL(worker.url()).pathname)).not.toContain('/derive-worker.js')
})

test.each([
  ['libsodium', "script-src 'self' 'wasm-unsafe-eval'", false],
  ['libsodium', undefined, true],
  ['noble', "script-src 'self'", false],
])(
  'a passphrase is made a secret by %s in a page with the policy %s, its scripts elsewhere: %s',
  async (engine, policy, isElsewhere) => {
    const files = withPage(await bundle('sealed.page.ts'), isElsewhere ? `${site.origin}/page.js` : 'page.js')
    const own = await serve(files, policy)
    const page = await open(context, own)
    const asked: string[] = []
    context.on('request', request => asked.push(new URL(request.url()).pathname))
    const { passphrase = '', room = '', secret } = vectors.passphrases[0] ?? {}
    expect(await run(page, 'derive', { passphrase, room })).toEqual({ secret, engine })
    // What may not run is not fetched.
    expect(asked.includes('/libsodium.js')).toBe(engine === 'libsodium')
    await own.close()
  },
)

test('tabs with one seal are one peer, and each reads what the other sealed', async () => {
  const [one, other] = [await enter('tabs', SECRET), await enter('tabs', SECRET)]
  for (const page of [one, other]) await run(page, 'declare')
  await run(one, 'publish', 'of one')
  await run(other, 'publish', 'of the other')
  await run(other, 'put', { key: 'todo', text: 'hush' })
  for (const page of [one, other]) {
    await expect
      .poll(async () => (await run(page, 'look')).seen.toSorted())
      .toEqual(['"hush"', 'of one', 'of the other'])
    await expect.poll(async () => (await run(page, 'look')).found).toEqual(['hush'])
  }
  await one.close()
  await run(other, 'put', { key: 'todo', text: 'done' })
  expect(await run(other, 'look')).toMatchObject({ count: 4, found: ['done'] })
})

test('a tab without the seal keeps what it cannot read, beside one that can', async () => {
  const reader = await enter('blind', SECRET)
  await run(reader, 'publish', 'hush')
  await run(reader, 'leave')
  const blind = await enter('blind')
  expect(await run(blind, 'look')).toMatchObject({ count: 1, records: [], seen: [] })
  await run(blind, 'leave')
  const again = await enter('blind', SECRET)
  await expect.poll(async () => (await run(again, 'look')).records).toEqual(['hush'])
})

test('the browser keeps no secret, and of records the envelopes; what collections find is there in clear', async () => {
  const page = await enter('kept', SECRET)
  await run(page, 'declare')
  await run(page, 'publish', 'hush hush')
  await run(page, 'put', { key: 'todo', text: 'sweep up' })
  const { docs, ...others } = await run(page, 'kept')
  const all = Object.values(others).join('')
  const [first] = vectors.secrets
  const bytes = Buffer.from(first?.secret ?? '', 'hex').toString('latin1')
  for (const secret of [SECRET, first?.secret ?? '', bytes]) expect(docs + all).not.toContain(secret)
  expect(all).toContain('sealed')
  expect(all).not.toMatch(/hush|sweep|todo|greeting|notes\//)
  expect(docs).toContain('sweep up')
})
