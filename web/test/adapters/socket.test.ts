import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { REDIAL_SECONDS_MAX, REDIAL_SECONDS_MIN, Socket, TEXT_CHARACTERS_MAX } from '../../src/adapters/socket.ts'
import { Line, LineClass, lastLine } from './line.ts'

const URL = 'wss://place.example'
const window = new EventTarget()

let told: unknown[]
let socket: Socket

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window))
  vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window))
  ;[told, Line.made, Line.failure] = [[], [], null]
  socket = connect()
})

afterEach(() => {
  socket.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function connect(protocol?: string): Socket {
  return new Socket(URL, LineClass, {
    onOpen: () => told.push('open'),
    onText: text => told.push(text),
    onBytes: bytes => told.push([...bytes]),
    ...(protocol !== undefined && { protocol }),
  })
}

const states = () => [socket.standing.state, socket.standing.error]

test('what is said arrives, and what is sent leaves while it is open', () => {
  socket.send('too early')
  expect([socket.isOpen, states()]).toEqual([false, ['connecting', null]])
  const line = lastLine().open()
  socket.send('hello')
  line.say('"a text"')
  line.say(Uint8Array.of(1, 2).buffer)
  line.say('x'.repeat(TEXT_CHARACTERS_MAX + 1))
  expect([line.url, line.binaryType, line.sent, told]).toEqual([
    URL,
    'arraybuffer',
    ['hello'],
    ['open', '"a text"', [1, 2]],
  ])
  expect([socket.isOpen, states()]).toEqual([true, ['open', null]])
  connect('mqtt').close()
  expect([line.protocols, lastLine().protocols]).toEqual([[], 'mqtt'])
})

test('one that breaks is opened again, at longer intervals while that fails', () => {
  lastLine().open()
  vi.advanceTimersByTime(10_000)
  lastLine().end()
  expect(states()).toEqual(['resting', 'the connection was lost'])
  let seconds = REDIAL_SECONDS_MIN
  let error = 'the connection was lost'
  for (let tries = 2; tries < 12; tries += 1) {
    const wait = (Number(socket.standing.nextTry) - Date.now()) / 1_000
    expect(wait).toBeGreaterThanOrEqual(seconds / 2 - 0.001)
    expect(wait).toBeLessThanOrEqual(seconds)
    vi.advanceTimersByTime(seconds * 1_000)
    expect([Line.made.length, states()]).toEqual([tries, ['connecting', error]])
    error = 'go away'
    lastLine().end(error)
    expect(states()).toEqual(['resting', error])
    seconds = Math.min(seconds * 2, REDIAL_SECONDS_MAX)
  }
  vi.advanceTimersByTime(REDIAL_SECONDS_MAX * 1_000)
  lastLine().open()
  expect([told, states()]).toEqual([
    ['open', 'open'],
    ['open', null],
  ])
})

test('one that opens and breaks at once is no better than one that does not open', () => {
  for (let tries = 0; tries < 5; tries += 1) {
    lastLine().open().end()
    vi.advanceTimersByTime(REDIAL_SECONDS_MAX * 1_000)
  }
  lastLine().open().end()
  expect(Number(socket.standing.nextTry) - Date.now()).toBeGreaterThan(10_000)
})

test('when the network is back it is tried at once', () => {
  lastLine().end()
  expect(states()).toEqual(['resting', 'it cannot be reached'])
  window.dispatchEvent(new Event('online'))
  expect(Line.made).toHaveLength(2)
  window.dispatchEvent(new Event('online'))
  expect(Line.made).toHaveLength(2)
})

test('an address that may not be connected to is tried again as others are', () => {
  Line.failure = new Error('mixed content')
  const refused = connect()
  expect([refused.standing.state, refused.standing.error]).toEqual(['resting', 'mixed content'])
  Line.failure = null
  vi.advanceTimersByTime(REDIAL_SECONDS_MIN * 1_000)
  expect(refused.standing.state).toBe('connecting')
  refused.close()
})

test('what it did, and what it complained of, is remembered', () => {
  lastLine().open()
  socket.fail('slow down')
  expect([socket.standing.error, socket.standing.lastSuccess]).toEqual(['slow down', null])
  socket.succeed()
  expect([socket.standing.error, socket.standing.lastSuccess]).toEqual([null, Date.now()])
})

test('once it is closed nothing is heard, sent or tried', () => {
  const line = lastLine().open()
  socket.close('it refused us')
  line.onmessage?.({ data: 'late' })
  socket.send('late')
  window.dispatchEvent(new Event('online'))
  vi.advanceTimersByTime(REDIAL_SECONDS_MAX * 1_000)
  expect([line.readyState, line.sent, told, states(), Line.made.length]).toEqual([
    3,
    [],
    ['open'],
    ['closed', 'it refused us'],
    1,
  ])
})
