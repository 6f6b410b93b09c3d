/** Passkeys in Chromium, in a device that it makes up (WebAuthn of the DevTools protocol), at a host with a name. */

import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { bundle, closePages, launch, open, profile, runnerOf, type Site, serve, withPage } from './chromium.ts'
import { plug } from './passkey.ts'
import type { Commands } from './passkeys.page.ts'

const PASSPHRASE = 'correct horse'
const OWNER = new SecretKey(new Uint8Array(32).fill(7)).publicKey

let context: BrowserContext
let site: Site

beforeAll(async () => {
  const files = await bundle('passkeys.page.ts')
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

/** A page with a device that keeps passkeys. */
interface Desk {
  readonly page: Page
  readonly devices: CDPSession
  readonly device: string
}

/** Open the page at a *host*, beside a device that has the extension prf unless told otherwise, with a key in the vault. */
async function sit({ host = 'localhost', hasPrf = true } = {}): Promise<Desk> {
  const page = await open(context, { ...site, origin: site.origin.replace('127.0.0.1', host) })
  const devices = await context.newCDPSession(page)
  const device = await plug(devices, { hasPrf })
  await run(page, 'forget')
  await run(page, 'keep', PASSPHRASE)
  return { page, devices, device }
}

test('a passkey opens the key that it has sealed, beside the passphrase and then alone, and the way back is a new one', async () => {
  const { page } = await sit()
  expect(await run(page, 'unlock')).toContain('no passkey opens this key')
  expect(await run(page, 'addPasskey')).toBeUndefined()
  expect(await run(page, 'locks')).toEqual(['passphrase', 'passkey'])
  expect([await run(page, 'unlock'), await run(page, 'unlock', PASSPHRASE)]).toEqual([OWNER, OWNER])

  expect(await run(page, 'dropPassphrase')).toBeUndefined()
  expect(await run(page, 'locks')).toEqual(['passkey'])
  expect(await run(page, 'unlock')).toBe(OWNER)
  expect(await run(page, 'unlock', PASSPHRASE)).toContain('no passphrase opens this key')
  expect(await run(page, 'export')).toContain('set one first')
  expect(await run(page, 'dropPasskey')).toContain('set a passphrase first')

  expect(await run(page, 'setPassphrase', 'incorrect horse')).toBeUndefined()
  expect(await run(page, 'export')).toMatch(/^ncryptsec1/)
  expect(await run(page, 'dropPasskey')).toBeUndefined()
  expect(await run(page, 'locks')).toEqual(['passphrase'])
  expect(await run(page, 'unlock', 'incorrect horse')).toBe(OWNER)
})

test('who takes the disk of a vault that a passkey alone opens has nothing to try passphrases on', async () => {
  const { page } = await sit()
  await run(page, 'addPasskey')
  expect(await run(page, 'kept')).toContain('ncryptsec')
  await run(page, 'dropPassphrase')
  const kept = await run(page, 'kept')
  expect(kept).not.toContain('ncryptsec')
  expect(kept).not.toContain('7,7,7,7')
  expect(kept).toContain(OWNER)
})

test('a passkey without prf, a device that knows nobody, and one that asks nobody seal nothing, and nothing is lost', async () => {
  const { page, devices, device } = await sit({ hasPrf: false })
  expect(await run(page, 'addPasskey')).toMatch(/^ConfigError: this passkey cannot keep a key/)
  await devices.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: device })
  const strict = await plug(devices)
  await devices.send('WebAuthn.setUserVerified', { authenticatorId: strict, isUserVerified: false })
  expect(await run(page, 'addPasskey')).toMatch(/^ConfigError: no passkey was given: it was cancelled/)
  expect(await run(page, 'locks')).toEqual(['passphrase'])
  expect(await run(page, 'unlock', PASSPHRASE)).toBe(OWNER)
})

test('where a browser works out nothing by a passkey it says so, and keeps none of it', async () => {
  const { page, devices, device } = await sit()
  await run(page, 'addPasskey')
  await run(page, 'dull')
  expect(await run(page, 'unlock')).toMatch(/^ConfigError: this passkey cannot keep a key: .* nothing was changed$/)
  await run(page, 'forget')
  await run(page, 'keep', PASSPHRASE)
  expect(await run(page, 'addPasskey')).toMatch(/^ConfigError: this passkey cannot keep a key/)
  expect(await run(page, 'locks')).toEqual(['passphrase'])
  expect(await run(page, 'unlock', PASSPHRASE)).toBe(OWNER)
  // That of the first vault is all there is.
  const { credentials } = await devices.send('WebAuthn.getCredentials', { authenticatorId: device })
  expect(credentials.length).toBe(1)
})

test('a passkey of another device opens nothing, and takes no passphrase away', async () => {
  const { page, devices, device } = await sit()
  await run(page, 'addPasskey')
  await devices.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: device })
  await plug(devices)
  expect(await run(page, 'unlock')).toContain('none of this device')
  expect(await run(page, 'dropPassphrase')).toContain('none of this device')
  expect(await run(page, 'unlock', PASSPHRASE)).toBe(OWNER)
})

test('what was sealed is opened whole or not at all, and a passphrase stays until the passkey opened it', async () => {
  const { page } = await sit()
  await run(page, 'addPasskey')
  await run(page, 'damage')
  expect(await run(page, 'unlock')).toContain('another one has sealed it')
  expect(await run(page, 'dropPassphrase')).toContain('another one has sealed it')
  expect(await run(page, 'unlock', PASSPHRASE)).toBe(OWNER)
})

test('a host without a name and a browser without passkeys say so', async () => {
  const { page } = await sit({ host: '127.0.0.1' })
  expect(await run(page, 'addPasskey')).toContain('at localhost in place of 127.0.0.1')
  await run(page, 'age')
  expect(await run(page, 'addPasskey')).toContain('this browser has no passkeys')
  expect(await run(page, 'locks')).toEqual(['passphrase'])
})

test('a page that is not secure says so', async () => {
  const insecure = await launch(['--host-resolver-rules=MAP peerset.test 127.0.0.1'])
  try {
    const other = await open(insecure, { ...site, origin: site.origin.replace('127.0.0.1', 'peerset.test') })
    await run(other, 'keep', PASSPHRASE)
    expect(await run(other, 'addPasskey')).toContain('passkeys need a page by https')
  } finally {
    await insecure.close()
  }
})
