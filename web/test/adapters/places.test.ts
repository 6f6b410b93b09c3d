import { expect, test } from 'vitest'
import { placesOf, readSignaling, strategiesOf } from '../../src/adapters/places.ts'
import { SIGNALING_PLACES_MAX } from '../../src/core/limits.ts'
import { ConfigError } from '../../src/errors.ts'

test('a place is a strategy and an address; a bare address is a tracker', () => {
  expect(readSignaling(['wss://tracker.example', 'nostr:wss://relay.example/v2', 'mqtt:ws://127.0.0.1:1884'])).toEqual([
    'torrent:wss://tracker.example',
    'nostr:wss://relay.example/v2',
    'mqtt:ws://127.0.0.1:1884',
  ])
  expect(readSignaling('ws://127.0.0.1:8000/announce')).toEqual(['torrent:ws://127.0.0.1:8000/announce'])
  expect(readSignaling(['ws://a', 'torrent:ws://a', 'nostr', 'nostr:'])).toEqual(['torrent:ws://a', 'nostr:'])
  expect(readSignaling([])).toEqual([])
  expect([readSignaling(undefined), readSignaling(null)]).toEqual([undefined, undefined])
})

test.each([
  '',
  'tracker.example',
  'https://tracker.example',
  5,
  null,
  {},
  'lan:',
  'gossip:wss://a',
  'nostr:https://a',
  ['wss://a'],
])('%j is none', given => {
  expect(() => readSignaling([given])).toThrow(ConfigError)
})

test.each([
  ['http://tracker.example', '"http://tracker.example" does not say how to meet: write "strategy:place"'],
  ['a tracker', '"a tracker" does not say how to meet'],
  ['gossip:', 'there is no signaling strategy "gossip" in a page; there are: torrent, nostr, mqtt, relay'],
  ['relay:', 'the place "" of relay is not an address like wss://relay.example'],
  ['nostr:https://a', 'the place "https://a" of nostr is not an address'],
])('what is wrong with %s is told', (spec, message) => {
  expect(() => readSignaling(spec)).toThrow(message)
})

test('default places stand alone, and there is an end to places', () => {
  expect(() => readSignaling(['nostr:', 'nostr:wss://a'])).toThrow('"nostr:" means the default places of nostr')
  const urls = Array.from({ length: SIGNALING_PLACES_MAX + 1 }, (_, number) => `wss://${number}.example`)
  expect(() => readSignaling(urls)).toThrow('17 ways to meet are given, at most 16')
  expect(readSignaling(urls.slice(1))).toHaveLength(SIGNALING_PLACES_MAX)
})

test('a strategy without an address stands for its usual places', () => {
  const usual = (strategy: string) => [`wss://${strategy}.example`]
  expect(placesOf(['nostr:', 'relay:ws://a'], usual)).toEqual([
    { strategy: 'nostr', url: 'wss://nostr.example' },
    { strategy: 'relay', url: 'ws://a' },
  ])
  expect(placesOf(undefined, usual)).toEqual([{ strategy: 'torrent', url: 'wss://torrent.example' }])
  expect([strategiesOf(undefined), strategiesOf(['nostr:', 'mqtt:', 'relay:ws://a', 'relay:ws://b'])]).toEqual([
    ['torrent'],
    ['nostr', 'mqtt', 'relay'],
  ])
})
