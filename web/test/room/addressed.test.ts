import { expect, test } from 'vitest'
import { encode } from '../../src/core/bech32.ts'
import { npub, SecretKey } from '../../src/core/keys.ts'
import { ConfigError } from '../../src/errors.ts'
import { admission } from '../../src/policies/function.ts'
import { budget } from '../../src/policies/shipped.ts'
import { boundRoom, makeAddress, makeLink, parseAddress } from '../../src/room/addressed.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'

const GRANT = 'AQID'.repeat(48)
const OWNER = new SecretKey(new Uint8Array(32).fill(1))
const ADDRESS = 'peerset:chess/lobby?retention=30d&signaling=wss://tracker.example'

const joined = (room: string, options: JoinOptions = {}) =>
  join(room, { store: 'memory', transport: new MemorySwarm().transport(), ...options })

test('an address joins the room that it names as it says', async () => {
  const room = await joined(`${ADDRESS}#password=secret`)
  expect(room.name).toEqual({ app: 'chess', room: 'lobby' })
  expect(await room.address()).toBe(ADDRESS)
  expect(await room.invitation()).toBe(`${ADDRESS}#password=secret`)
  expect(await room.invitation({ page: 'https://chat.example/', grants: GRANT })).toBe(
    `https://chat.example/#peerset:chess/lobby?retention=30d&signaling=wss://tracker.example&grant=${GRANT}&password=secret`,
  )
  await room.leave()
})

test('those meet who join by name and by link', async () => {
  const swarm = new MemorySwarm()
  const one = await join('lobby', { store: 'memory', transport: swarm.transport() })
  const link = 'https://chat.example/#peerset:peerset/lobby'
  const two = await join(link, { store: 'memory', transport: swarm.transport() })
  const record = await one.publish('hello')
  await one.synced()
  expect(await two.get(record.id)).toEqual(record)
  expect(await two.address({ record })).toBe(await one.address({ record: record.id }))
  await Promise.all([one.leave(), two.leave()])
})

test('a code for a new device is never the name of a room', async () => {
  for (const code of ['peerset-device:c2VjcmV0&peerset:peerset/lobby', 'https://chat.example/#peerset-device:x']) {
    await expect(joined(code)).rejects.toThrow('that is a code for a new device')
  }
})

test('what is said beside an address counts more', async () => {
  const room = await joined(`${ADDRESS}#password=secret`, { password: 'other', retention: '40d', signaling: 'nostr:' })
  expect(await room.invitation()).toBe('peerset:chess/lobby?retention=40d&signaling=nostr:#password=other')
  await room.leave()
})

test('a room in phases is joined in them, and has an address that says so', async () => {
  const address = 'peerset:chess/lobby?phases=6h&signaling=wss://tracker.example'
  const [by, beside] = [await joined(address), await joined('lobby', { app: 'chess', phases: 5_400 })]
  expect([await by.address(), await beside.address()]).toEqual([address, 'peerset:chess/lobby?phases=5400'])
  const other = await joined(address, { phases: '12h' })
  expect(await other.address()).toBe(address.replace('6h', '12h'))
  await Promise.all([by, beside, other].map(room => room.leave()))
})

test('the secret of a sealed room goes by invitation alone', async () => {
  const seal = encode('seal', new Uint8Array(32).fill(7))
  const address = `peerset:peerset/lobby#seal=${seal}`
  const room = await joined(address)
  expect(await room.publish({ text: 'hidden' })).toMatchObject({ content: '{"text":"hidden"}' })
  expect(await room.invitation()).toBe(address)
  expect(await room.address()).toBe('peerset:peerset/lobby')
  await room.leave()
  const other = await joined(address, { seal: encode('seal', new Uint8Array(32).fill(8)).toUpperCase() })
  expect(await other.invitation()).toBe(`peerset:peerset/lobby#seal=${encode('seal', new Uint8Array(32).fill(8))}`)
  await other.leave()
})

test('another app than that of the address is refused', async () => {
  await expect(joined(ADDRESS, { app: 'draughts' })).rejects.toThrow('of the app "chess", not of "draughts"')
  await expect(joined('peerset:lobby')).rejects.toThrow(ConfigError)
  await expect(joined('peerset:a/b#seal=seal1qq')).rejects.toThrow(ConfigError)
})

test('policies of an address are made where a page has them, and named again', async () => {
  const address = `peerset:peerset/lobby?policy=budget:off&policy=writers:owners=${npub(OWNER.publicKey)}`
  const room = await joined(address)
  const reason = `it carries no grant: ask ${npub(OWNER.publicKey)}`
  expect(await room.mayWrite()).toEqual({ isGiven: false, policy: 'writers', reason })
  expect(await room.address()).toBe(address)
  await room.leave()
  const owners = await joined(await room.invitation(), { key: OWNER })
  expect((await owners.mayWrite()).isGiven).toBe(true)
  await owners.leave()
  const other = await joined(address, { policies: [] })
  expect((await other.mayWrite()).isGiven).toBe(true)
  await other.leave()
  await expect(joined('peerset:peerset/lobby?policy=writers:owners=me')).rejects.toThrow(ConfigError)
})

test('policies of an address that a page does not have are for the page to make', async () => {
  const address = 'peerset:peerset/lobby?policy=quota:newest=5&policy=budget:off'
  await expect(joined(address)).rejects.toThrow(
    'the policies quota:newest=5, which a page does not have: give the same',
  )
  const room = await joined(address, { policies: await budget({ room: 2 ** 30 }) })
  expect(await room.address()).toBe('peerset:peerset/lobby')
  await room.leave()
  const boundless = await joined('peerset:peerset/lobby?policy=budget:off')
  expect(await boundless.address()).toBe('peerset:peerset/lobby?policy=budget:off')
  await boundless.leave()
})

test('a room gives the address of what is in it', async () => {
  const room = await joined('lobby')
  const record = await room.publish('hello')
  const key = await room.address({ collection: 'places', key: 'a/b', author: npub(room.key), at: record })
  expect((await parseAddress(key)).target).toEqual({
    type: 'key',
    collection: 'places',
    key: 'a/b',
    author: room.key,
    at: record.id,
  })
  const file = await room.address({ collection: 'site', path: 'docs/index.html' })
  expect(file).toBe('peerset:peerset/lobby/file/site/docs/index.html')
  for (const named of [{ record: 'abcd' }, { collection: 'c' }, { key: 'k' }, { at: record }, { record, key: 'k' }]) {
    await expect(room.address(named)).rejects.toThrow(ConfigError)
  }
  await room.leave()
})

test('a room that is named by its rules is joined with these alone', async () => {
  const name = await boundRoom('lobby', { retention: '30d' })
  expect(name).toMatch(/^lobby~[0-9a-f]{32}$/)
  await expect(joined(name)).rejects.toThrow('says which rules it has, and ours are others')
  await expect(joined(name, { retention: '40d' })).rejects.toThrow(ConfigError)
  const policies = [admission('none', { version: 1 }, () => null)]
  await expect(joined(name, { retention: '30d', policies })).rejects.toThrow(ConfigError)
  expect(await boundRoom('lobby', { retention: '30d', policies })).not.toBe(name)
  expect(await boundRoom('lobby', { retention: '30d', policies, seal: 'x' })).toBe(name)
  const swarm = new MemorySwarm()
  const one = await join(name, { retention: '30d', store: 'memory', transport: swarm.transport() })
  const two = await join(await one.address(), { store: 'memory', transport: swarm.transport() })
  await one.publish('hello')
  await one.synced()
  expect(two.root).toBe(one.root)
  await Promise.all([one.leave(), two.leave()])
})

test('addresses are written as they are read', async () => {
  const address = await parseAddress(ADDRESS)
  expect(await makeAddress(address)).toBe(ADDRESS)
  expect(await parseAddress(await makeLink(address, 'https://chat.example/'))).toEqual(address)
})
