import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { SecretKey } from '../../src/core/keys.ts'
import { ConfigError } from '../../src/errors.ts'
import { bunkerSigner, invitedSigner } from '../../src/node/signing.ts'
import { type Signing, signing } from '../identity/signing.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'peerset-signing-'))

let served: Signing

beforeEach(async () => {
  served = await signing()
})

afterEach(() => served.close())

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('a signer knows a program again by the key that is kept in a file, for its owner alone', async () => {
  const keyFile = join(FOLDER, 'client.key')
  const clients = new Set<string>()
  served.relay.on('connection', socket =>
    socket.on('message', data => {
      const [type, event] = JSON.parse(String(data))
      if (type === 'EVENT') clients.add(event.pubkey)
    }),
  )
  const both = await Promise.all([0, 1].map(() => bunkerSigner(served.address, { keyFile })))
  const later = await bunkerSigner(served.address, { keyFile })
  for (const signer of [...both, later]) signer.close()
  expect([...clients]).toEqual([SecretKey.fromNsec(readFileSync(keyFile, 'utf8').trim()).publicKey])
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  expect(readdirSync(FOLDER)).toEqual(['client.key'])
})

test('a file that holds no key, or cannot be written, is told and left as it is', async () => {
  const path = join(FOLDER, 'notes')
  writeFileSync(path, 'notes')
  const connecting = bunkerSigner(served.address, { keyFile: path })
  await expect(connecting).rejects.toThrow(ConfigError)
  await expect(connecting).rejects.toThrow('holds no nsec text')
  expect(readFileSync(path, 'utf8')).toBe('notes')
  const nowhere = invitedSigner([served.url], { keyFile: join(FOLDER, 'a', 'b'), show: () => {} })
  await expect(nowhere).rejects.toThrow('cannot be written')
})
