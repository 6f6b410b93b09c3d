import { expect, test } from 'vitest'
import { readRelays, sharedBy } from '../../src/adapters/reach.ts'
import { ConfigError } from '../../src/errors.ts'

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

test('what the rooms of a page share tells them apart, and passwords do not', () => {
  expect(sharedBy({ password: 'one' })).toBe(sharedBy({ password: 'other', relayOnly: false }))
  for (const reach of [{ relays: [] }, { iceServers: [] }, { turn: [] }, { relayOnly: true }]) {
    expect(sharedBy(reach)).not.toBe(sharedBy({}))
  }
})
