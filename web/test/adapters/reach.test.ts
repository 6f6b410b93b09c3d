import { afterEach, expect, test, vi } from 'vitest'
import { checkServers, configOf, readRelays, sharedBy } from '../../src/adapters/reach.ts'
import { ConfigError } from '../../src/errors.ts'

/** As much of a browser's connection as looks at servers. */
class Connection extends EventTarget {
  static closed = 0

  constructor({ iceServers }: { iceServers: { urls: string }[] }) {
    super()
    for (const { urls } of iceServers) if (!urls.startsWith('turn:')) throw new SyntaxError(`${urls} is no server`)
  }

  close(): void {
    Connection.closed += 1
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('trackers have addresses of web sockets', () => {
  const relays = ['wss://tracker.example', 'ws://127.0.0.1:8000/announce']
  expect(readRelays(relays)).toEqual(relays)
  expect(readRelays(relays[0])).toEqual(relays.slice(0, 1))
  expect(readRelays([])).toEqual([])
  expect([readRelays(undefined), readRelays(null)]).toEqual([undefined, undefined])
  for (const url of ['', 'tracker.example', 'https://tracker.example', 5, null, {}]) {
    expect(() => readRelays([url])).toThrow(ConfigError)
  }
  expect(() => readRelays(5)).toThrow('5 is no wss:// address')
})

test('servers that the browser cannot use are refused, and so is a browser without WebRTC', () => {
  expect(() => checkServers({})).toThrow('there is no WebRTC here')
  vi.stubGlobal('RTCPeerConnection', Connection)
  checkServers({ turn: [{ urls: 'turn:example.org' }] })
  expect(Connection.closed).toBe(1)
  expect(() => checkServers({ iceServers: [{ urls: 'nowhere' }] })).toThrow('nowhere is no server')
})

test('what the rooms of a page share tells them apart, and passwords do not', () => {
  expect(sharedBy({ password: 'one' })).toBe(sharedBy({ password: 'other', relayOnly: false }))
  for (const reach of [{ relays: [] }, { iceServers: [] }, { turn: [] }, { relayOnly: true }]) {
    expect(sharedBy(reach)).not.toBe(sharedBy({}))
  }
})

test('trystero is told all of it, and nothing that was left out', () => {
  const turn = [{ urls: 'turn:example.org', username: 'me', credential: 'secret' }, { urls: ['turn:example.com'] }]
  expect(configOf('app', {})).toEqual({
    appId: 'app',
    relayConfig: { manualReconnection: true, warnOnRelayFailure: false },
    rtcConfig: {},
  })
  expect(configOf('app', { relays: ['ws://x'], password: 'p', iceServers: [], turn, relayOnly: true })).toEqual({
    appId: 'app',
    password: 'p',
    relayConfig: { manualReconnection: true, warnOnRelayFailure: false, urls: ['ws://x'] },
    rtcConfig: { iceServers: [], iceTransportPolicy: 'relay' },
    turnConfig: turn,
  })
  expect(configOf('app', { password: '' })).not.toHaveProperty('password')
})
