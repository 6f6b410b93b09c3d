import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Config } from '../../src/adapters/config.ts'
import type { Gathering } from '../../src/adapters/gathering.ts'
import { RETURN_MILLISECONDS, TrysteroTransport } from '../../src/adapters/trystero.ts'
import { Venues } from '../../src/adapters/venues.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { makeRoomName, type PeerId } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'
import type { TransportInput } from '../../src/protocol/inputs.ts'
import { Meeting } from '../../src/protocol/meeting.ts'
import { Line, LineClass } from './line.ts'
import { watchedSwarm } from './swarms.ts'

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
  joined: [config: Config, room: string][]
  readonly window: EventTarget
}

const rooms = vi.hoisted((): Rooms => ({ next: [], joined: [], window: new EventTarget() }))

vi.mock('../../src/adapters/strategy.ts', () => ({
  joinRoom: (config: Config, room: string) => {
    rooms.joined.push([config, room])
    return rooms.next.length > 1 ? rooms.next.shift() : rooms.next[0]
  },
}))

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('RTCPeerConnection', Connection)
  vi.stubGlobal('WebSocket', LineClass)
  ;[rooms.joined, Line.made] = [[], []]
  vi.stubGlobal('addEventListener', rooms.window.addEventListener.bind(rooms.window))
  vi.stubGlobal('removeEventListener', rooms.window.removeEventListener.bind(rooms.window))
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const VENUES = await Venues.load(['ws://tracker.example'], 'peerset')

function open(...next: FakeRoom[]) {
  rooms.next = next
  const transport = new TrysteroTransport(LOBBY, {}, VENUES)
  const inputs: TransportInput[] = []
  const refused: string[] = []
  transport.open({ take: input => inputs.push(input), refused: (peer, reason) => refused.push(`${peer}: ${reason}`) })
  const told = () => inputs.map(input => `${input.type} ${'reason' in input ? input.reason : ''}`.trim())
  return { transport, told, refused }
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

test('neighbours are one more place, and bring nobody to whom there is a channel', async () => {
  const room = new FakeRoom()
  const { transport } = open(room)
  expect(transport.meet(KEY)).toBeInstanceOf(Meeting)
  const [[config] = []] = rooms.joined
  const asked: number[] = []
  const offers = async (count: number) => {
    asked.push(count)
    return []
  }
  const swarm = { ...watchedSwarm(), offers, gathering: config?.gathering as Gathering }
  expect(config?.venues).toHaveLength(2)
  config?.venues[1]?.enter(swarm)
  room.onPeerJoin(PEER)
  transport.signal({ type: 'Dial', peer: PEER })
  expect(asked).toEqual([])
  transport.signal({ type: 'Dial', peer: OTHER })
  expect(asked).toEqual([1])
  await close(transport)
})

test('a peer whose channel cannot be bound is refused, and its user is told', async () => {
  const room = new FakeRoom()
  Object.assign(room.connection, { remoteDescription: { sdp: '' } })
  const { transport, told, refused } = open(room)
  room.onPeerJoin(PEER)
  expect([told(), refused, room.connection.isClosed]).toEqual([
    [],
    [`${PEER}: the certificates of its channel cannot be told`],
    true,
  ])
  await close(transport)
})

test('places are closed with the last room, and connections too where they are none of a page', async () => {
  const { transport } = open(new FakeRoom())
  rooms.joined[0]?.[0].venues[0]?.enter(watchedSwarm())
  const [status] = transport.signaling()
  expect([status?.state, Line.made.length]).toEqual(['connecting', 1])
  await close(transport)
  expect(transport.signaling()).toMatchObject([{ ...status, state: 'closed', since: expect.any(Number) }])
  const reach = { rtc: { RTCPeerConnection: Connection } }
  const other = new TrysteroTransport(LOBBY, reach, VENUES)
  other.open({ take: () => {}, refused: () => {} })
  const Guarded = rooms.joined.at(-1)?.[0].rtcPolyfill as unknown as typeof Connection
  const connection = new Guarded()
  await close(other)
  expect(connection.isClosed).toBe(true)
})

test('a room that trystero cannot leave leaves its place all the same', async () => {
  const room = new FakeRoom()
  room.leave = () => Promise.reject(new Error('the channel is closing'))
  const { transport } = open(room)
  await close(transport)
  await close(new TrysteroTransport(LOBBY, {}, VENUES))
})

test('all rooms of a page are reached in one way, until it has left them', async () => {
  const first = new TrysteroTransport(LOBBY, { signaling: ['wss://one.example'], password: 'one' }, VENUES)
  const garden = makeRoomName('peerset', 'garden')
  expect(() => new TrysteroTransport(garden, { signaling: ['wss://other.example'] }, VENUES)).toThrow(ConfigError)
  const second = new TrysteroTransport(garden, { signaling: ['wss://one.example'], password: 'other' }, VENUES)
  await close(first)
  await close(second)
  await close(new TrysteroTransport(garden, { signaling: ['wss://other.example'] }, VENUES))
})
