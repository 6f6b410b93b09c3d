import { defaultRelayUrls } from '@trystero-p2p/torrent'
import { afterEach, expect, test, vi } from 'vitest'
import { checkServers, configOf } from '../../src/adapters/config.ts'
import { INNER_URL } from '../../src/adapters/introducer.ts'

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

test('servers that the browser cannot use are refused, and so is a browser without WebRTC', () => {
  expect(() => checkServers({})).toThrow('there is no WebRTC here')
  vi.stubGlobal('RTCPeerConnection', Connection)
  checkServers({ turn: [{ urls: 'turn:example.org' }] })
  expect(Connection.closed).toBe(1)
  expect(() => checkServers({ iceServers: [{ urls: 'nowhere' }] })).toThrow('nowhere is no server')
})

test('trystero is told all of it, and nothing that was left out', () => {
  const turn = [{ urls: 'turn:example.org', username: 'me', credential: 'secret' }, { urls: ['turn:example.com'] }]
  expect(configOf('app', { relays: ['ws://x'] }, true).relayConfig?.urls).toEqual(['ws://x', INNER_URL])
  expect(configOf('app', {}, true).relayConfig?.urls).toEqual([...defaultRelayUrls.slice(0, 3), INNER_URL])
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
