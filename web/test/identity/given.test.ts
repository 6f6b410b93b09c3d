import { expect, test } from 'vitest'
import { ConfigError, SignalingError } from '../../src/errors.ts'
import { identityOf, isBunkerAddress, readKey, signerOf } from '../../src/identity/given.ts'
import { keySigner } from '../../src/identity/signers.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import { MemorySwarm } from '../swarm.ts'
import { CLIENT, KEY, signing, usual } from './signing.ts'

test('keys are read from nsec text, with white space around it, and nothing else', () => {
  expect(readKey(` ${KEY.toNsec()}\n`).publicKey).toBe(KEY.publicKey)
  expect(readKey(KEY)).toBe(KEY)
  expect(() => readKey('nsec1')).toThrow(ConfigError)
})

test('keys, their texts and signers all sign', () => {
  const signer = keySigner(KEY)
  expect(signerOf(signer)).toBe(signer)
  for (const given of [KEY, KEY.toNsec()]) expect(signerOf(given).publicKey).toBe(KEY.publicKey)
  for (const given of [null, 7, {}, 'nsec1']) expect(() => signerOf(given as string)).toThrow(ConfigError)
})

test('the address of a signer is told from other keys', () => {
  const said = [`bunker://${KEY.publicKey}?relay=wss://a.example`, ' BUNKER://', 'nsec1', KEY, null]
  expect(said.map(isBunkerAddress)).toEqual([true, true, false, false, false])
})

test('a room is joined by the address of a signer, by all who join it over one connection, which ends with the last', async () => {
  const served = await signing()
  const options = (): JoinOptions => ({ store: 'memory', transport, key: served.address, WebSocket: served.WebSocket })
  const transport = new MemorySwarm().transport()
  const one = await join('lobby', options())
  const other = await join('lobby', options())
  const third = await join('lobby', { ...options(), key: undefined })
  expect((await one.publish('one')).author).toBe(KEY.publicKey)
  await Promise.all([one.leave(), other.leave()])
  expect((await third.publish('three')).author).toBe(KEY.publicKey)
  expect([served.connected, served.relay.clients.size]).toEqual([1, 1])
  await third.leave()
  await expect.poll(() => served.relay.clients.size).toBe(0)
  await served.close()
}, 60_000)

test('a signer that says no, or is none, is told when the room is joined, and nothing is left', async () => {
  const served = await signing()
  const transport = new MemorySwarm().transport()
  const joining = (key: string) => join('lobby', { store: 'memory', transport, key, WebSocket: served.WebSocket })
  served.answers = () => [{ error: 'go away' }]
  await expect(joining(served.address)).rejects.toThrow('the signer refuses: go away')
  await expect(joining(served.address)).rejects.toThrow(ConfigError)
  for (const [text, says] of [
    ['bunker://', "a signer's address is bunker://KEY?relay"],
    [`bunker://${'f'.repeat(64)}?relay=wss://a.example&secret=hush`, 'begins with its public key'],
    [`bunker://${KEY.publicKey}?secret=hush`, '1 to 8 relays'],
    [`bunker://${KEY.publicKey}?relay=wss://a.example&secret=${'x'.repeat(1_000_000)}`, "a signer's address is"],
  ] as const) {
    await expect(joining(text)).rejects.toThrow(says)
    await expect(joining(text)).rejects.not.toThrow('hush')
  }
  await expect.poll(() => served.relay.clients.size).toBe(0)
  served.answers = usual
  const room = await joining(served.address)
  expect(room.key).toBe(KEY.publicKey)
  await room.leave()
  await served.close()
}, 60_000)

test('what is said in place of a key is refused, and not asked', async () => {
  for (const given of [7, 'ab'.repeat(32), {}]) {
    const reading = identityOf(given as never, { randomBytes: () => CLIENT.secret } as never, undefined)
    await expect(reading).rejects.toThrow(ConfigError)
    await expect(reading).rejects.not.toThrow(SignalingError)
  }
})
