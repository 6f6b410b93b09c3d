import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { eventOf, signRecord } from '../../src/core/record.ts'
import { ConfigError, SignalingError, SignatureError } from '../../src/errors.ts'
import { ANSWER_TIMEOUT_SECONDS, connectTo, inviteTo, RELAY_ANSWER_SECONDS } from '../../src/identity/bunker.ts'
import type { BunkerOptions } from '../../src/identity/signers.ts'
import { PATIENCE_MS } from '../patience.ts'
import { CLIENT, greeting, KEY, type Signing, signing, usual } from './signing.ts'

const DRAFT = { createdAt: 1_700_000_000 as UnixTime, kind: 1_078, tags: [['c', 'notes']], content: 'hello' }
const PAGE = 'https://signer.example/allow?id=7'

let served: Signing

beforeEach(async () => {
  served = await signing()
})

afterEach(() => served.close())

const connect = (options: BunkerOptions = {}) =>
  connectTo(served.address, { key: CLIENT, WebSocket: served.WebSocket, ...options })

test('records are signed elsewhere, and what comes back is checked', async () => {
  const signer = await connect()
  expect(signer.publicKey).toBe(KEY.publicKey)
  expect((await signer.sign(DRAFT)).content).toBe('hello')
  for (const [said, says] of [
    [{ result: 'nonsense' }, 'gave no event'],
    [{ result: JSON.stringify(eventOf(signRecord(CLIENT, DRAFT))) }, 'something else'],
    [{ result: '', error: 'not today' }, 'the signer refuses: not today'],
  ] as const) {
    served.answers = () => [said]
    const signing = signer.sign(DRAFT)
    await expect(signing).rejects.toThrow(SignatureError)
    await expect(signing).rejects.toThrow(says)
  }
  served.answers = usual
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
    served.answers = () => [said]
    const connecting = connect()
    await expect(connecting).rejects.toThrow(ConfigError)
    await expect(connecting).rejects.toThrow(says)
  }
}, 60_000)

test('a signer that does not answer is given up in time', async () => {
  served.answers = () => []
  const connecting = connect({ timeoutSeconds: 0.2 })
  await expect(connecting).rejects.toThrow(SignalingError)
  await expect(connecting).rejects.toThrow('did not answer in time (ws://127.0.0.1')
})

test('what is not answered is said again', async () => {
  const unheard = new Set(['connect'])
  served.answers = asked => (unheard.delete(asked.method) ? [] : usual(asked))
  const signer = await connect()
  expect([signer.publicKey, unheard.size]).toEqual([KEY.publicKey, 0])
  signer.close()
}, 60_000)

test('what a relay is told before it has our question is said to nobody: it is waited for', async () => {
  let heed = () => {}
  served.heed = new Promise(resolve => {
    heed = resolve
  })
  const connecting = connect()
  await expect.poll(() => served.connected).toBe(1)
  await expect(connect({ timeoutSeconds: 0.2 })).rejects.toThrow('asked, and has not answered')
  heed()
  const signer = await connecting
  expect([signer.publicKey, served.early]).toEqual([KEY.publicKey, 0])
  signer.close()
}, 60_000)

test('a relay that never answers is taken to have our question in the end', async () => {
  served.heed = new Promise(() => {})
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const connecting = connect()
    const refused = expect(connecting).rejects.toThrow('did not answer in time')
    await vi.waitUntil(() => served.asked === 1, { timeout: PATIENCE_MS })
    expect(served.early).toBe(0)
    vi.advanceTimersByTime(RELAY_ANSWER_SECONDS * 1_000)
    await vi.waitUntil(() => served.early > 0, { timeout: PATIENCE_MS })
    vi.advanceTimersByTime(ANSWER_TIMEOUT_SECONDS * 1_000)
    await refused
  } finally {
    vi.useRealTimers()
  }
})

test('a page that its user must open is shown and waited for; what is no page is not', async () => {
  const urls = ['javascript:alert(1)', 'nonsense', PAGE]
  served.answers = asked => [
    ...(asked.method === 'connect' ? urls.map(error => ({ result: 'auth_url', error })) : []),
    ...usual(asked),
  ]
  const shown: string[] = []
  const signer = await connect({ onChallenge: url => shown.push(url) })
  expect(shown).toEqual([PAGE])
  signer.close()
  await expect(connect()).rejects.toThrow(`wants you to open ${PAGE} first`)
}, 60_000)

test('a relay that wants to know who speaks is told', async () => {
  served.asks = true
  const signer = await connect()
  expect((await signer.sign(DRAFT)).content).toBe('hello')
  signer.close()
}, 30_000)

test('a signer that is shown an invitation comes, is told from others by the secret, and is found again', async () => {
  const shown: string[] = []
  const show = (invitation: string) => {
    shown.push(invitation)
    const secret = new URLSearchParams(invitation.split('?')[1]).get('secret') ?? ''
    const say = () => {
      for (const socket of served.relay.clients) {
        socket.send(greeting(invitation, CLIENT, 'guess'))
        socket.send(greeting(invitation, KEY, secret))
      }
    }
    served.relay.on('connection', say)
    say()
  }
  const options = { key: CLIENT, WebSocket: served.WebSocket }
  const signer = await inviteTo([served.url], { ...options, show, kinds: [1_078, 5], name: 'my app' })
  expect([signer.publicKey, signer.address]).toEqual([
    KEY.publicKey,
    `bunker://${KEY.publicKey}?relay=${encodeURIComponent(served.url)}`,
  ])
  expect(shown[0]).toContain('&perms=sign_event%3A5%2Csign_event%3A1078&name=my%20app')
  expect((await signer.sign(DRAFT)).content).toBe('hello')
  signer.close()
  const again = await connectTo(signer.address, options)
  expect(again.publicKey).toBe(KEY.publicKey)
  again.close()
}, 30_000)

test('nobody who comes is told in time, and a bad invitation at once', async () => {
  const options = { WebSocket: served.WebSocket, show: () => {}, timeoutSeconds: 0.2 }
  await expect(inviteTo([served.url], options)).rejects.toThrow('no signer answered in time (ws://127.0.0.1')
  await expect(inviteTo(['http://a.example'], options)).rejects.toThrow(ConfigError)
  await expect(inviteTo([], options)).rejects.toThrow('1 to 8 relays')
  await expect(inviteTo([served.url], { ...options, show: null as never })).rejects.toThrow('give a function show')
})
