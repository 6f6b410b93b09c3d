import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import { plug } from './passkey.ts'
import { LOBBY, run, seen, visits } from './visit.ts'

const PASSPHRASE = 'correct horse'

const visit = visits()

test('what is signed is shown before, and a visitor who says no keeps the text', async () => {
  const [page, room] = await visit.meet({ attributes: { room: 'lobby', confirm: '' } })
  await room.locator('textarea').fill('think twice')
  await page.keyboard.press('Enter')
  const dialog = room.getByRole('dialog', { name: 'Sign this?' })
  await dialog.getByText('think twice').waitFor()
  await expect.poll(() => dialog.getByText('1078').count()).toBe(1)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await expect.poll(() => room.locator('textarea').inputValue()).toBe('think twice')
  await room.locator('textarea').press('Enter')
  await dialog.getByRole('button', { name: 'Sign' }).click()
  await seen(room, ['think twice'])
})

test('without an interface, what is signed is still shown, and a hidden element signs nothing unseen', async () => {
  const [, room] = await visit.meet({ attributes: { room: 'lobby', confirm: '', 'hidden-ui': '' } })
  const publish = (element: PeersetRoom) =>
    element.publish('from a program').then(
      record => record.content,
      (error: Error) => `${error.name}: ${error.message}`,
    )
  const published = room.evaluate(publish)
  await room.getByRole('dialog', { name: 'Sign this?' }).getByRole('button', { name: 'Sign' }).click()
  expect(await published).toBe('from a program')
  await room.evaluate(element => element.setAttribute('hidden', ''))
  expect(await room.evaluate(publish)).toContain('ConfigError: nothing is signed unseen')
})

test('a fresh key is kept under a passphrase, locked, and opened at the next visit', async () => {
  const [page, room] = await visit.meet()
  const before = await run(page, 'publish', 'fresh')
  await room.locator('[part=who]').click()
  await room.getByRole('button', { name: 'Keep this key…' }).click()
  await fillIn(room, { Passphrase: PASSPHRASE, 'Passphrase again': 'incorrect horse' })
  await room.getByRole('button', { name: 'Keep the key' }).click()
  await room.getByText('the two passphrases differ').waitFor()
  await fillIn(room, { 'Passphrase again': PASSPHRASE })
  await room.getByRole('button', { name: 'Keep the key' }).click()
  await room.getByText('kept in this browser').waitFor()
  await expect.poll(() => room.getAttribute('identity')).toBe('vault')
  expect(await run(page, 'publish', 'kept')).toBe(before)
  await page.close()

  const [later, again] = await visit.meet({ attributes: { room: 'lobby', identity: 'vault' } })
  await again.getByText('Your key is locked.').waitFor()
  await again.getByRole('button', { name: 'Unlock' }).click()
  await fillIn(again, { Passphrase: 'incorrect horse' })
  await later.keyboard.press('Enter')
  await again.getByText('wrong passphrase').waitFor()
  await fillIn(again, { Passphrase: PASSPHRASE })
  await later.keyboard.press('Enter')
  await again.getByText('kept in this browser').waitFor()
  expect(await run(later, 'publish', 'opened')).toBe(before)
  await again.getByRole('button', { name: 'Export…' }).click()
  await expect.poll(() => again.getByLabel('The sealed key').inputValue()).toMatch(/^ncryptsec1/)
  await again.getByRole('button', { name: 'Done' }).click()
  await forget(again)
})

test('a passkey opens the key that is kept, beside its passphrase and without it', async () => {
  const [page, room] = await visit.meet(LOBBY, 'localhost')
  await plug(await page.context().newCDPSession(page))
  const before = await run(page, 'publish', 'fresh')
  await room.locator('[part=who]').click()
  await room.getByRole('button', { name: 'Keep this key…' }).click()
  await fillIn(room, { Passphrase: PASSPHRASE, 'Passphrase again': PASSPHRASE })
  await room.getByRole('button', { name: 'Keep the key' }).click()
  await room.getByRole('button', { name: 'Add a passkey…' }).click()
  await room.getByRole('button', { name: 'Make a passkey' }).click()
  await room.getByText('under its passphrase or passkey').waitFor()
  await room.getByRole('button', { name: 'Remove the passphrase…' }).click()
  await room.getByRole('button', { name: 'Remove the passphrase' }).click()
  await room.getByText('under its passkey.').waitFor()
  await expect.poll(() => room.getByRole('button', { name: 'Export…' }).count()).toBe(0)
  await room.getByRole('button', { name: 'Log out' }).click()
  await room.getByText('Your key is locked.').waitFor()
  await expect.poll(() => room.getByLabel('Passphrase').count()).toBe(0)
  await room.getByRole('button', { name: 'Unlock with the passkey' }).click()
  await room.getByText('kept in this browser').waitFor()
  expect(await run(page, 'publish', 'opened')).toBe(before)
  await forget(room)
})

test('an nsec is imported, logged out, and forgotten', async () => {
  const key = new SecretKey(new Uint8Array(32).fill(9))
  const [page, room] = await visit.meet({ attributes: { room: 'lobby', identity: 'vault' } })
  await room.getByText('Writing needs a key of yours.').waitFor()
  await room.getByRole('button', { name: 'Choose a key' }).first().click()
  await room.getByRole('button', { name: 'Import a key…' }).click()
  await fillIn(room, { 'nsec, ncryptsec, hex or words': key.toNsec(), Passphrase: PASSPHRASE })
  await page.keyboard.press('Enter')
  await room.getByText('kept in this browser').waitFor()
  expect(await run(page, 'publish', 'imported')).toBe(key.publicKey)
  await room.getByRole('button', { name: 'Log out' }).click()
  await room.getByText('Your key is locked.').waitFor()
  const publish = (element: PeersetRoom) => element.publish('x').catch(error => error.message)
  expect(await room.evaluate(publish)).toContain('the key is locked')
  await forget(room)
})

test('an extension logs in, signs and logs out', async () => {
  const [page, room] = await visit.meet()
  const author = await run(page, 'extend')
  await room.locator('[part=who]').click()
  await room.getByRole('button', { name: 'Use the extension' }).click()
  await room.getByText('Your browser extension signs').waitFor()
  expect(await run(page, 'publish', 'signed outside')).toBe(author)
  await room.getByRole('button', { name: 'Log out' }).click()
  await room.getByText('You are not logged in.').waitFor()
  await expect.poll(() => room.locator('textarea').count()).toBe(0)
})

test('without an extension, the page and its console are told', async () => {
  const page = await visit.open()
  await run(page, 'show', { attributes: { room: 'lobby', identity: 'extension' } })
  await page.locator('peerset-room').getByText('You are not logged in.').waitFor()
  await expect.poll(() => run(page, 'heard', 'peerset-error')).toMatchObject([{ attribute: 'identity' }])
})

async function fillIn(room: Locator, fields: { readonly [label: string]: string }): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await room.getByLabel(label, { exact: true }).fill(text)
}

async function forget(room: Locator): Promise<void> {
  await room.getByRole('button', { name: 'Forget the key…' }).click()
  await room.getByRole('button', { name: 'Forget it' }).click()
  await room.getByText('This browser keeps no key of yours yet.').waitFor()
}
