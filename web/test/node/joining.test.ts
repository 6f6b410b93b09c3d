import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigError } from '../../src/errors.ts'
import { installed } from '../../src/node/installed.ts'
import { join } from '../../src/node/joining.ts'
import { openSQLite } from '../../src/node/opening.ts'
import { KEY, signing } from '../identity/signing.ts'

const FOLDER = mkdtempSync(path(tmpdir(), 'peerset-node-'))

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('a room without a network forgets, or is kept in a file', async () => {
  const forgotten = await join('forgotten', { signaling: [] })
  await forgotten.publish('here')
  await forgotten.leave()
  const store = `sqlite:${path(FOLDER, 'kept.db')}` as const
  const first = await join('kept', { signaling: [], store })
  await first.publish('here')
  await first.leave()
  const second = await join('kept', { signaling: [], store })
  expect((await second.records()).map(({ content }) => content)).toEqual(['here'])
  await second.leave()
})

test('a part has a store of its own', async () => {
  const room = await join('whole', { signaling: [] })
  const part = await room.sub('part', { store: await openSQLite(path(FOLDER, 'part.db')) })
  await part.publish('apart')
  expect([part.count, room.count]).toEqual([1, 0])
  await part.leave()
  await room.leave()
})

test('a file is closed again when its room cannot be joined', async () => {
  const store = `sqlite:${path(FOLDER, 'refused.db')}` as const
  await expect(join('', { signaling: [], store })).rejects.toThrow(ConfigError)
  await (await join('refused', { signaling: [], store })).leave()
})

test('a room is joined by WebRTC and web sockets that are there, and their want is told', async () => {
  const room = await join('met', { signaling: ['ws://127.0.0.1:1'], iceServers: [] })
  expect(room.signaling).toMatchObject([{ strategy: 'torrent', place: 'ws://127.0.0.1:1' }])
  await room.leave()
  const bare = { signaling: ['ws://127.0.0.1:1'], rtc: {} as never }
  await expect(join('met', bare)).rejects.toThrow('there is no WebRTC here')
})

test('a room without a network is written in by a signer elsewhere, which web sockets lead to', async () => {
  const served = await signing()
  const room = await join('signed', { signaling: [], key: served.address })
  expect((await room.publish('here')).author).toBe(KEY.publicKey)
  await room.leave()
  await served.close()
})

test('a package that is not installed is named, with what to do', async () => {
  expect(await installed('x', Promise.resolve(1))).toBe(1)
  await expect(installed('x', Promise.reject(new Error('not found')))).rejects.toThrow(
    'the package x is needed here, and does not load: npm install x',
  )
})
