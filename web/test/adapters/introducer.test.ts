/** The tracker inside the page; the test is trystero on its other side. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Envelope } from '../../src/adapters/envelope.ts'
import { canIntroduce, INNER_URL, Introducer, LENT_SECONDS, withInner } from '../../src/adapters/introducer.ts'
import { infoHash } from '../../src/adapters/rendezvous.ts'
import { ATTEMPT_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Described } from '../../src/protocol/inputs.ts'

const trystero = vi.hoisted((): { sockets: object } => ({ sockets: {} }))

vi.mock('@trystero-p2p/torrent', () => ({ getRelaySockets: () => trystero.sockets }))

const LOBBY = { app: 'peerset', room: 'lobby' }
const ENVELOPE = new Envelope(LOBBY, 'secret')
const [ONE, TWO, THREE] = ['1', '2', '3'].map(digit => digit.repeat(20) as PeerId) as [PeerId, PeerId, PeerId]

/** What a socket of a real tracker would be. */
class Socket {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }
}

let introducer: Introducer
let told: Described[]
/** What trystero heard from the tracker inside the page. */
let heard: { readonly [name: string]: unknown }[]
let socket: WebSocket
/** How often trystero was asked for its offers. */
let asked = 0
let now = 0

beforeEach(() => {
  vi.stubGlobal('WebSocket', Socket)
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  ;[told, heard, asked] = [[], [], 0]
  introducer = new Introducer(LOBBY, 'secret', described => told.push(described))
  socket = withInner(() => new WebSocket(INNER_URL))
  socket.onopen = () => {
    asked += 1
  }
  socket.onmessage = ({ data }) => {
    heard.push(JSON.parse(data))
  }
})

afterEach(() => {
  introducer.stop()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Wait, however long sealing takes. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(resolve => setTimeout(resolve))
}

async function announce(...ids: readonly string[]): Promise<void> {
  const offers = ids.map(async id => ({
    offer_id: id,
    offer: { type: 'offer', sdp: await ENVELOPE.seal(`sdp ${id}`) },
  }))
  socket.send(JSON.stringify({ action: 'announce', info_hash: infoHash(LOBBY), offers: await Promise.all(offers) }))
}

function offered(peer: PeerId, id: string): Described {
  return { type: 'Described', peer, description: { kind: 'offer', offerId: id, sdp: `sdp ${id}` } }
}

test('trystero has it among its trackers, open at once, and page and other trackers are left alone', async () => {
  expect(socket.readyState).toBe(1)
  await Promise.resolve()
  expect(asked).toBe(1)
  expect(withInner(() => new WebSocket('wss://tracker.example'))).toBeInstanceOf(Socket)
  expect(() => withInner(() => new WebSocket(INNER_URL) && raise())).toThrow('no room')
  expect(globalThis.WebSocket).toBe(Socket)
  socket.close()
})

/** Give the sealed offer of a message. */
function sealedIn(message: object = {}): string {
  return 'offer' in message ? (message.offer as { readonly sdp: string }).sdp : ''
}

function raise(): never {
  throw new Error('no room')
}

test('where the page cannot be given a socket of ours, nobody is introduced', () => {
  expect(canIntroduce()).toBe(true)
  // The page itself was in a room of trystero's first, which made its sockets without ours.
  trystero.sockets = { 'wss://tracker.example': {} }
  expect(canIntroduce()).toBe(false)
  trystero.sockets = { ...trystero.sockets, [INNER_URL]: {} }
  expect(canIntroduce()).toBe(true)
  vi.stubGlobal('WebSocket', undefined)
  Reflect.deleteProperty(globalThis, 'WebSocket')
  expect(canIntroduce()).toBe(false)
  expect(withInner(() => 'joined')).toBe('joined')
})

test('who is to be called gets an offer of its own, opened, as soon as trystero has one', async () => {
  await Promise.resolve()
  asked = 0
  for (const peer of [ONE, TWO, THREE]) introducer.perform({ type: 'Dial', peer })
  expect(asked).toBe(3)
  await announce('a', 'b')
  expect(heard).toEqual([{ info_hash: infoHash(LOBBY), interval: 120 }])
  await until(() => told.length === 2)
  expect(told).toEqual([offered(ONE, 'b'), offered(TWO, 'a')])
  // What is out is nobody else's, until it is over.
  await announce('a', 'b')
  now += LENT_SECONDS - 1
  introducer.perform({ type: 'Dial', peer: THREE })
  await announce('a', 'b', 'c')
  await until(() => told.length === 3)
  expect(told.at(-1)).toEqual(offered(THREE, 'c'))
  now += 1
  introducer.perform({ type: 'Dial', peer: ONE })
  await announce('a')
  await until(() => told.length === 4)
  expect(told.at(-1)).toEqual(offered(ONE, 'a'))
})

test('who waits while all offers are out is served once nobody answers them', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  introducer.perform({ type: 'Dial', peer: ONE })
  introducer.perform({ type: 'Dial', peer: TWO })
  await announce('a')
  asked = 0
  vi.advanceTimersByTime(LENT_SECONDS * 1_000)
  expect(asked).toBe(1)
  now += LENT_SECONDS
  vi.useRealTimers()
  await announce('a')
  await until(() => told.length === 2)
  expect(told).toEqual([offered(ONE, 'a'), offered(TWO, 'a')])
})

test('who waited in vain is called no more', async () => {
  introducer.perform({ type: 'Dial', peer: ONE })
  now += ATTEMPT_TIMEOUT_SECONDS
  introducer.perform({ type: 'Dial', peer: TWO })
  await announce('a', 'b')
  await until(() => told.length > 0)
  expect(told).toEqual([offered(TWO, 'b')])
})

test('an offer of another reaches trystero as by a tracker, and its answer goes back', async () => {
  introducer.perform({ type: 'Signal', peer: ONE, description: { kind: 'offer', offerId: 'x', sdp: 'theirs' } })
  await until(() => heard.length === 1)
  expect(heard).toMatchObject([{ info_hash: infoHash(LOBBY), peer_id: ONE, offer_id: 'x', offer: { type: 'offer' } }])
  expect(await ENVELOPE.open(sealedIn(heard[0]))).toBe('theirs')
  const answer = { type: 'answer', sdp: await ENVELOPE.seal('ours') }
  socket.send(JSON.stringify({ info_hash: infoHash(LOBBY), answer, offer_id: 'x', to_peer_id: ONE }))
  await until(() => told.length === 1)
  expect(told).toEqual([{ type: 'Described', peer: ONE, description: { kind: 'answer', offerId: 'x', sdp: 'ours' } }])
})

test('an offer is answered by whom it was for alone, which makes room for the next', async () => {
  introducer.perform({ type: 'Dial', peer: ONE })
  introducer.perform({ type: 'Dial', peer: TWO })
  await announce('a')
  heard = []
  asked = 0
  const answerOf = (peer: PeerId) =>
    introducer.perform({ type: 'Signal', peer, description: { kind: 'answer', offerId: 'a', sdp: 'theirs' } })
  answerOf(TWO)
  answerOf(ONE)
  await until(() => heard.length === 1)
  expect(heard).toMatchObject([{ peer_id: ONE, offer_id: 'a', answer: { type: 'answer' } }])
  await until(() => asked === 1)
})

test('what concerns another room, or comes after the end, is nothing to us', async () => {
  socket.send(JSON.stringify({ action: 'announce', info_hash: 'another', offers: [] }))
  introducer.perform({ type: 'Signal', peer: ONE, description: { kind: 'offer', offerId: 'x', sdp: 'theirs' } })
  introducer.perform({ type: 'Dial', peer: ONE })
  await announce('a')
  heard = []
  introducer.stop()
  await announce('b')
  // Sealing took its turn before this one.
  await ENVELOPE.open(await ENVELOPE.seal('another'))
  expect([told, heard]).toEqual([[], []])
})
