import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { roomToken } from '../../src/adapters/frames.ts'
import { CONTROL_FRAMES_MAX, guardedConnection, joinedTokens } from '../../src/adapters/guarded.ts'
import { makeRoomName } from '../../src/core/signal.ts'

const TOKEN = roomToken(makeRoomName('peerset', 'lobby'))
const PRESENCE = Uint8Array.from([2, 1, 0, 64, ...new TextEncoder().encode(TOKEN)]).buffer

/** As much of a browser's channel as is guarded. */
class Channel extends EventTarget {
  readyState = 'open'
  readonly sent: unknown[] = []

  send(data: unknown): void {
    if (this.readyState !== 'open') throw new DOMException('it is closed', 'InvalidStateError')
    this.sent.push(data)
  }
}

/** As much of a browser's connection as is guarded. */
class Connection extends EventTarget {
  createDataChannel(): Channel {
    return new Channel()
  }
}

beforeEach(() => {
  vi.stubGlobal('RTCPeerConnection', Connection)
  joinedTokens.add(TOKEN)
})

afterEach(() => {
  vi.unstubAllGlobals()
  joinedTokens.clear()
})

function connect(): RTCPeerConnection {
  const Guarded = guardedConnection()
  if (Guarded === null) throw new Error('there is a connection to guard')
  return new Guarded()
}

/** Collect the events of *type* that reach whoever listens to *channel* next. */
function hear(channel: EventTarget, type: string): Event[] {
  const heard: Event[] = []
  channel.addEventListener(type, event => heard.push(event))
  return heard
}

const message = (data: unknown) => new MessageEvent('message', { data })

test('without WebRTC there is nothing to guard', () => {
  vi.stubGlobal('RTCPeerConnection', undefined)
  expect(guardedConnection()).toBeNull()
})

test('a channel of ours passes on what is safe to read, and no errors', () => {
  const channel = connect().createDataChannel('data')
  const messages = hear(channel, 'message')
  const errors = hear(channel, 'error')
  channel.dispatchEvent(message(PRESENCE))
  channel.dispatchEvent(message(new ArrayBuffer(9)))
  channel.dispatchEvent(new Event('error'))
  expect([messages.length, errors.length]).toEqual([1, 0])
})

test('so does a channel that the peer opened', () => {
  const connection = connect()
  const channel = new Channel()
  connection.dispatchEvent(Object.assign(new Event('datachannel'), { channel }))
  const messages = hear(channel, 'message')
  channel.dispatchEvent(message('a text'))
  channel.dispatchEvent(message(PRESENCE))
  expect(messages.length).toBe(1)
})

test('a peer that tells of rooms without end is heard no more', () => {
  const channel = connect().createDataChannel('data')
  const messages = hear(channel, 'message')
  for (let number = 0; number <= CONTROL_FRAMES_MAX; number += 1) channel.dispatchEvent(message(PRESENCE))
  expect(messages.length).toBe(CONTROL_FRAMES_MAX)
})

test('what is said to a channel that closes is lost, without an error', () => {
  const channel = connect().createDataChannel('data') as unknown as Channel
  channel.send(PRESENCE)
  channel.readyState = 'closing'
  channel.send(PRESENCE)
  expect(channel.sent).toEqual([PRESENCE])
})
