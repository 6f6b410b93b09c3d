import { expect, test, vi } from 'vitest'
import { checkServers, configOf, stackOf } from '../../src/adapters/config.ts'
import { ConfigError } from '../../src/errors.ts'
import { LineClass } from './line.ts'
import { watchedSwarm } from './swarms.ts'

/** As much of a connection as looks at servers. */
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

const CLASS = Connection as unknown as typeof RTCPeerConnection

test('servers that cannot be used are refused', () => {
  checkServers(CLASS, { turn: [{ urls: 'turn:example.org' }] })
  expect(Connection.closed).toBe(1)
  expect(() => checkServers(CLASS, { iceServers: [{ urls: 'nowhere' }] })).toThrow('nowhere is no server')
})

test('the classes are those that are given, or those of the page, or it is said what is missing', () => {
  const rtc = { RTCPeerConnection: Connection }
  expect(stackOf({ rtc, WebSocket: LineClass })).toEqual({ Connection, Socket: LineClass })
  expect(() => stackOf({ WebSocket: LineClass })).toThrow(ConfigError)
  expect(() => stackOf({ WebSocket: LineClass })).toThrow('there is no WebRTC here: in Node, give the option rtc')
  expect(() => stackOf({ rtc: {} as never, WebSocket: LineClass })).toThrow('there is no WebRTC')
  vi.stubGlobal('WebSocket', undefined)
  expect(() => stackOf({ rtc })).toThrow('there is no WebSocket here: in Node, give the option WebSocket')
  vi.stubGlobal('WebSocket', LineClass)
  expect(stackOf({ rtc }).Socket).toBe(LineClass)
  vi.unstubAllGlobals()
})

test('trystero is told all of it, and nothing that was left out', () => {
  const turn = [{ urls: 'turn:example.org', username: 'me', credential: 'secret' }, { urls: ['turn:example.com'] }]
  const shared = { Connection: CLASS, venues: [], gathering: watchedSwarm().gathering, phased: null }
  const common = {
    appId: 'app',
    venues: [],
    gathering: shared.gathering,
    phased: null,
    trickleIce: false,
    relayConfig: { manualReconnection: true, warnOnRelayFailure: false },
    rtcPolyfill: expect.any(Function),
  }
  expect(configOf('app', {}, shared)).toEqual({ ...common, rtcConfig: {} })
  const inNode = configOf('app', { rtc: { RTCPeerConnection: Object } }, shared)
  expect(inNode).toEqual({ ...common, rtcConfig: {}, _test_only_sharedPeerIdleMs: 1_000 })
  expect(configOf('app', { password: 'p', iceServers: [], turn, relayOnly: true }, shared)).toEqual({
    ...common,
    password: 'p',
    rtcConfig: { iceServers: [], iceTransportPolicy: 'relay' },
    turnConfig: turn,
  })
  expect(configOf('app', { password: '' }, shared)).not.toHaveProperty('password')
})
