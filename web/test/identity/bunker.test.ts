import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { UnixTime } from '../../src/core/clock.ts'
import { type PublicKey, SecretKey } from '../../src/core/keys.ts'
import { conversationKey, openText, sealText } from '../../src/core/nip44.ts'
import { KIND_SIGNING } from '../../src/core/nip46.ts'
import { eventOf, signRecord } from '../../src/core/record.ts'
import { ConfigError, SignalingError, SignatureError } from '../../src/errors.ts'
import { connectTo } from '../../src/identity/bunker.ts'
import type { BunkerOptions } from '../../src/identity/signers.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const CLIENT = new SecretKey(new Uint8Array(32).fill(6))
const DRAFT = { createdAt: 1_700_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'hello' }
const PAGE = 'https://signer.example/allow?id=7'

/** What the signer says to a question, one after another. */
type Answers = (asked: { readonly method: string; readonly params: readonly string[] }) => readonly object[]

let relay: WebSocketServer
let answers: Answers

const usual: Answers = ({ method, params }) => {
  if (method === 'connect') return [{ result: 'ack' }]
  if (method === 'get_public_key') return [{ result: KEY.publicKey }]
  const draft = { ...DRAFT, content: JSON.parse(params[0] ?? '').content }
  return [{ result: JSON.stringify(eventOf(signRecord(KEY, draft))) }]
}

beforeEach(async () => {
  answers = usual
  relay = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  relay.on('connection', socket =>
    socket.on('message', data => {
      const [type, event] = JSON.parse(String(data))
      if (type !== 'EVENT') return socket.send('["EOSE","any"]')
      const conversation = conversationKey(KEY, event.pubkey as PublicKey)
      const asked = JSON.parse(openText(event.content, conversation))
      for (const said of answers(asked)) {
        const content = sealText(JSON.stringify({ id: asked.id, ...said }), conversation, new Uint8Array(32).fill(1))
        const draft = { createdAt: 0 as UnixTime, kind: KIND_SIGNING, tags: [['p', event.pubkey]], content }
        for (const key of [CLIENT, KEY]) socket.send(JSON.stringify(['EVENT', 'any', eventOf(signRecord(key, draft))]))
      }
    }),
  )
  await new Promise(resolve => relay.once('listening', resolve))
})

afterEach(async () => {
  for (const socket of relay.clients) socket.terminate()
  await new Promise(resolve => relay.close(resolve))
})

const connect = (options: BunkerOptions = {}) => {
  const { port } = relay.address() as { readonly port: number }
  const address = `bunker://${KEY.publicKey}?relay=ws://127.0.0.1:${port}&secret=hush`
  return connectTo(address, { key: CLIENT, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket, ...options })
}

test('records are signed elsewhere, and what comes back is checked', async () => {
  const signer = await connect()
  expect(signer.publicKey).toBe(KEY.publicKey)
  expect((await signer.sign(DRAFT)).content).toBe('hello')
  for (const [said, says] of [
    [{ result: 'nonsense' }, 'gave no event'],
    [{ result: JSON.stringify(eventOf(signRecord(CLIENT, DRAFT))) }, 'something else'],
    [{ result: '', error: 'not today' }, 'the signer refuses: not today'],
  ] as const) {
    answers = () => [said]
    const signing = signer.sign(DRAFT)
    await expect(signing).rejects.toThrow(SignatureError)
    await expect(signing).rejects.toThrow(says)
  }
  answers = usual
  expect((await signer.sign({ ...DRAFT, content: 'nothing is lost' })).content).toBe('nothing is lost')
  signer.close()
  await expect(signer.sign(DRAFT)).rejects.toThrow(SignalingError)
}, 60_000)

test('a signer that refuses, or has no key, is none', async () => {
  for (const [said, says] of [
    [{ error: 'go away' }, 'the signer refuses: go away'],
    [{ result: 'no' }, 'does not confirm'],
    [{ result: 'ack' }, 'no public key'],
  ] as const) {
    answers = () => [said]
    const connecting = connect()
    await expect(connecting).rejects.toThrow(ConfigError)
    await expect(connecting).rejects.toThrow(says)
  }
}, 60_000)

test('a signer that does not answer is given up in time', async () => {
  answers = () => []
  const connecting = connect({ timeoutSeconds: 0.2 })
  await expect(connecting).rejects.toThrow(SignalingError)
  await expect(connecting).rejects.toThrow('did not answer in time (ws://127.0.0.1')
})

test('a page that its user must open is shown and waited for; what is no page is not', async () => {
  const urls = ['javascript:alert(1)', 'nonsense', PAGE]
  answers = asked => [
    ...(asked.method === 'connect' ? urls.map(error => ({ result: 'auth_url', error })) : []),
    ...usual(asked),
  ]
  const shown: string[] = []
  const signer = await connect({ onChallenge: url => shown.push(url) })
  expect(shown).toEqual([PAGE])
  signer.close()
  await expect(connect()).rejects.toThrow(`wants you to open ${PAGE} first`)
}, 60_000)
