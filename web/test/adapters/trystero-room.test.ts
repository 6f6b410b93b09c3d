import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { INNER_URL } from '../../src/adapters/introducer.ts'
import { RETURN_MILLISECONDS, TrysteroTransport } from '../../src/adapters/trystero.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { makeRoomName, type PeerId } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import type { TransportInput } from '../../src/protocol/inputs.ts'
import { Meeting } from '../../src/protocol/meeting.ts'

const LOBBY = makeRoomName('peerset', 'lobby')
const PEER = 'bob-0000000000000000' as PeerId
const OTHER = 'eve-0000000000000000' as PeerId
const KEY = new SecretKey(new Uint8Array(32).fill(7))
const SDP = `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`

/** As much of a browser's connection as a transport uses. */
class Connection extends EventTarget {
  readonly localDescription = { sdp: SDP }
  readonly remoteDescription = { sdp: SDP }
  isClosed = false

  close(): void {
    this.isClosed = true
  }
}

interface Sent {
  readonly data: Uint8Array
  readonly finish: (part: number) => void
}

/** As much of a room of trystero as a transport uses; its peer reads as the test says. */
class FakeRoom {
  readonly connection = new Connection()
  readonly sent: Sent[] = []
  onPeerJoin: (peer: string) => void = () => {}
  onPeerLeave: (peer: string) => void = () => {}
  leave = async () => {}

  makeAction() {
    const send = (data: Uint8Array, { onProgress }: { onProgress: (part: number) => void }) =>
      new Promise<void>(resolve => {
        const finish = (part: number) => {
          onProgress(part)
          resolve()
        }
        this.sent.push({ data, finish })
      })
    return { send }
  }

  getPeers() {
    return { [PEER]: this.connection }
  }
}

interface Rooms {
  next: unknown[]
  joining: () => void
  readonly window: EventTarget
}

const rooms = vi.hoisted((): Rooms => ({ next: [], joining: () => {}, window: new EventTarget() }))

vi.mock('@trystero-p2p/torrent', () => ({
  selfId: 'alice-00000000000000',
  defaultRelayUrls: [],
  joinRoom: () => {
    rooms.joining()
    return rooms.next.length > 1 ? rooms.next.shift() : rooms.next[0]
  },
  getRelaySockets: () => ({}),
  pauseRelayReconnection: () => {},
  resumeRelayReconnection: () => {},
}))

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('RTCPeerConnection', Connection)
  vi.stubGlobal('addEventListener', rooms.window.addEventListener.bind(rooms.window))
  vi.stubGlobal('removeEventListener', rooms.window.removeEventListener.bind(rooms.window))
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function open(...next: FakeRoom[]) {
  rooms.next = next
  const transport = new TrysteroTransport(LOBBY, {})
  const inputs: TransportInput[] = []
  transport.open({ take: input => inputs.push(input), refused: () => {} })
  return { transport, told: () => inputs.map(input => `${input.type} ${'reason' in input ? input.reason : ''}`.trim()) }
}

async function close(transport: TrysteroTransport): Promise<void> {
  const closing = transport.close()
  await vi.runAllTimersAsync()
  await closing
}

test('a message that leaves in part only ends the channel, and nothing follows it', async () => {
  const room = new FakeRoom()
  const { transport, told } = open(room)
  room.onPeerJoin(PEER)
  for (const byte of [1, 2, 3]) transport.send(PEER, Uint8Array.of(byte))
  await vi.advanceTimersByTimeAsync(0)
  room.sent[0]?.finish(1)
  await vi.advanceTimersByTimeAsync(0)
  room.sent[1]?.finish(0.5)
  await vi.advanceTimersByTimeAsync(0)
  expect(room.sent.map(({ data }) => data[0])).toEqual([1, 2])
  expect(told()).toEqual(['Opened', 'Closed a message did not leave'])
  expect(room.connection.isClosed).toBe(true)
  await close(transport)
})

test('a page that was about to be closed and stays comes back, once trystero has left', async () => {
  const [first, second] = [new FakeRoom(), new FakeRoom()]
  const { transport, told } = open(first, first, second)
  first.onPeerJoin(PEER)
  rooms.window.dispatchEvent(new Event('beforeunload'))
  expect(told()).toEqual(['Opened', 'Closed the page was about to be closed'])
  await vi.advanceTimersByTimeAsync(2 * RETURN_MILLISECONDS)
  second.onPeerJoin(PEER)
  transport.send(PEER, Uint8Array.of(7))
  await vi.advanceTimersByTimeAsync(0)
  expect([told().at(-1), first.sent.length, second.sent.length]).toEqual(['Opened', 0, 1])
  second.sent[0]?.finish(1)
  await close(transport)
})

test('a page that was left does not come back', async () => {
  const room = new FakeRoom()
  const { transport } = open(room)
  rooms.window.dispatchEvent(new Event('beforeunload'))
  await close(transport)
  rooms.window.dispatchEvent(new Event('beforeunload'))
  expect(vi.getTimerCount()).toBe(0)
})

test('trystero is told of those whom neighbours bring, if it can be and has no channel to them', async () => {
  const without = new TrysteroTransport(LOBBY, {})
  vi.stubGlobal('WebSocket', undefined)
  Reflect.deleteProperty(globalThis, 'WebSocket')
  expect(without.meet(KEY)).toBe(null)
  without.signal({ type: 'Dial', peer: OTHER })
  await close(without)
  const room = new FakeRoom()
  rooms.next = [room]
  const asked: string[] = []
  vi.stubGlobal('WebSocket', EventTarget)
  const transport = new TrysteroTransport(LOBBY, {})
  expect(transport.meet(KEY)).toBeInstanceOf(Meeting)
  rooms.joining = () => {
    const socket = new WebSocket(INNER_URL)
    socket.onopen = () => asked.push('offers')
  }
  transport.open({ take: () => {}, refused: () => {} })
  room.onPeerJoin(PEER)
  transport.signal({ type: 'Dial', peer: PEER })
  expect(asked).toEqual([])
  transport.signal({ type: 'Dial', peer: OTHER })
  expect(asked).toEqual(['offers'])
  rooms.joining = () => {}
  await close(transport)
})

test('a room that trystero cannot leave leaves its place all the same', async () => {
  const room = new FakeRoom()
  room.leave = () => Promise.reject(new Error('the channel is closing'))
  const { transport } = open(room)
  await close(transport)
  await close(new TrysteroTransport(LOBBY, {}))
})

test('all rooms of a page are reached in one way, until it has left them', async () => {
  const first = new TrysteroTransport(LOBBY, { relays: ['wss://one.example'], password: 'one' })
  const garden = makeRoomName('peerset', 'garden')
  expect(() => new TrysteroTransport(garden, { relays: ['wss://other.example'] })).toThrow(ConfigError)
  const second = new TrysteroTransport(garden, { relays: ['wss://one.example'], password: 'other' })
  await close(first)
  await close(second)
  await close(new TrysteroTransport(garden, { relays: ['wss://other.example'] }))
})
