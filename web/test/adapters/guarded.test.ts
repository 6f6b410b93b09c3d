import { afterEach, beforeEach, expect, test } from 'vitest'
import { roomToken } from '../../src/adapters/frames.ts'
import { CONTROL_FRAMES_MAX, closeConnections, guardedConnection, joinedTokens } from '../../src/adapters/guarded.ts'
import { makeRoomName } from '../../src/core/signal.ts'

const TOKEN = roomToken(makeRoomName('peerset', 'lobby'))
const PRESENCE = Uint8Array.from([2, 1, 0, 64, ...new TextEncoder().encode(TOKEN)]).buffer

/** As much of a channel as is guarded, as a browser has it: `onmessage` is no property of its own. */
class Channel extends EventTarget {
  readyState = 'open'
  readonly sent: unknown[] = []
  #onmessage: ((event: unknown) => void) | null = null

  get onmessage() {
    return this.#onmessage
  }

  set onmessage(given) {
    this.#onmessage = given
  }

  close(): void {
    this.readyState = 'closed'
  }

  /** In Node, it says "open" a while longer than it is. */
  isLost = false

  send(data: unknown): void {
    if (this.isLost || this.readyState !== 'open') throw new DOMException('it is closed', 'InvalidStateError')
    this.sent.push(data)
  }

  say(data: unknown): void {
    this.#onmessage?.({ data })
  }
}

/** A channel as stacks of Node have it: they look up what hears it, which cannot stop any other listener. */
class PlainChannel extends EventTarget {
  readyState = 'open'
  onmessage: ((event: unknown) => void) | null = null
  onerror: unknown = null

  close(): void {}

  send(): void {}

  say(data: unknown): void {
    this.onmessage?.({ data })
  }
}

/** As much of a connection as is guarded. */
class Connection extends EventTarget {
  isClosed = false

  createDataChannel(): Channel {
    return new Channel()
  }

  close(): void {
    this.isClosed = true
  }
}

beforeEach(() => {
  joinedTokens.add(TOKEN)
})

afterEach(() => {
  joinedTokens.clear()
})

function connect(): RTCPeerConnection {
  return new (guardedConnection(Connection as unknown as typeof RTCPeerConnection))()
}

/** Hear *channel* as trystero does. */
function hear(channel: object): unknown[] {
  const heard: unknown[] = []
  Object.assign(channel, { onmessage: ({ data }: { data: unknown }) => heard.push(data) })
  return heard
}

test('a channel of ours passes on what is safe to read, and no errors', () => {
  const channel = connect().createDataChannel('data') as RTCDataChannel & Channel
  const heard = hear(channel)
  channel.onerror = () => expect.unreachable()
  channel.say(PRESENCE)
  channel.say(new ArrayBuffer(9))
  expect([heard, channel.onerror]).toEqual([[PRESENCE], null])
})

test.each([Channel, PlainChannel])('so does a channel that the peer opened, of whatever stack', Kind => {
  const connection = connect()
  const channel = new Kind()
  connection.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
  const heard = hear(channel)
  channel.say('a text')
  channel.say(PRESENCE)
  expect(heard).toEqual([PRESENCE])
})

test('one that trystero hears already is guarded all the same', () => {
  const connection = connect()
  const channel = new PlainChannel()
  const heard = hear(channel)
  connection.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
  channel.say('a text')
  channel.say(PRESENCE)
  expect(heard).toEqual([PRESENCE])
})

test('a peer that tells of rooms without end is heard no more', () => {
  const channel = connect().createDataChannel('data') as RTCDataChannel & Channel
  const heard = hear(channel)
  for (let number = 0; number <= CONTROL_FRAMES_MAX; number += 1) channel.say(PRESENCE)
  expect(heard.length).toBe(CONTROL_FRAMES_MAX)
})

test('what is said to a channel that closes is lost, without an error', () => {
  const channel = connect().createDataChannel('data') as unknown as Channel
  channel.send(PRESENCE)
  channel.isLost = true
  channel.send(PRESENCE)
  channel.readyState = 'closing'
  channel.send(PRESENCE)
  expect(channel.sent).toEqual([PRESENCE])
})

test('that a connection was closed is told by its channel, whatever a stack says, and once', () => {
  const connection = connect()
  const told: string[] = []
  connection.createDataChannel('data').addEventListener('close', ({ type }) => told.push(type))
  connection.close()
  connection.close()
  expect(told).toEqual(['close'])
})

test('a connection ends with its channel, and all can be ended at once', () => {
  const [one, two] = [connect(), connect()] as unknown as [Connection, Connection]
  one.createDataChannel().dispatchEvent(new Event('close'))
  const channel = two.createDataChannel()
  expect([one.isClosed, two.isClosed]).toEqual([true, false])
  one.isClosed = false
  closeConnections()
  closeConnections()
  expect([one.isClosed, two.isClosed, channel.readyState]).toEqual([false, true, 'closed'])
})
