import { selfId } from '@trystero-p2p/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import {
  BACKOFF_SECONDS_MAX,
  BACKOFF_SECONDS_MIN,
  kindOf,
  openVenue,
  TOPICS_PER_SUBSCRIPTION_MAX,
  usual,
} from '../../src/adapters/nostr.ts'
import type { Venue } from '../../src/adapters/venue.ts'
import { hasValidSignature, recordOf } from '../../src/core/record.ts'
import { Line, LineClass, lastLine } from './line.ts'
import { SMALLER, type Watched, watchedSwarm } from './swarms.ts'

let now: number
let venue: Venue
let swarm: Watched
let leave: () => void

beforeEach(() => {
  now = 1_000
  Line.made = []
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  venue = openVenue('wss://relay.example', LineClass)
  swarm = watchedSwarm()
  leave = venue.enter(swarm)
})

afterEach(() => {
  venue.close()
  vi.restoreAllMocks()
})

const settled = () => Promise.resolve()
const eventIn = (topic: string, content: string) => [
  'EVENT',
  'any',
  {
    tags: [
      ['e', 'x'],
      ['x', topic],
    ],
    content,
  },
]

test('both topics are heard in one subscription, and an ephemeral event says that we are there', () => {
  const { selfTopic, rootTopic } = swarm
  const [subscription, event] = lastLine().open().words
  const kinds = [kindOf(selfTopic), kindOf(rootTopic)]
  expect(subscription).toEqual([
    'REQ',
    expect.any(String),
    { kinds, since: expect.any(Number), '#x': [selfTopic, rootTopic] },
  ])
  const record = recordOf(event[1])
  expect([event[0], hasValidSignature(record), record.kind, record.tags]).toEqual([
    'EVENT',
    true,
    kindOf(rootTopic),
    [['x', rootTopic]],
  ])
  expect(JSON.parse(record.content)).toEqual({ peerId: selfId })
})

test.each(vectors.topics)('the kinds of the topics of $roomId in $appId are Trystero`s', topic => {
  expect([kindOf(topic.root_topic), kindOf(topic.self_topic)]).toEqual([topic.nostr_kind_root, topic.nostr_kind_self])
})

test.each(['peerset', 'a1', 'app é'] as const)('the relays that are asked for %s are Trystero`s', app => {
  expect(usual(app)).toEqual(vectors.default_relays.modern.nostr_selected[app])
})

test('what is said is told by its topic', () => {
  const line = lastLine().open()
  line.say(eventIn('another', '{}'))
  line.say(['EVENT', 'any', { tags: 'x', content: '{}' }])
  line.say(['EVENT', 'any', null])
  line.say(['EVENT', 'any', { tags: [null, ['x']], content: '{}' }])
  line.say('{')
  line.say(eventIn(swarm.selfTopic, JSON.stringify({ peerId: SMALLER })))
  expect(swarm.told.map(({ said }) => said)).toEqual([{ peerId: SMALLER }])
})

test('rooms are heard and left in as few subscriptions as they fit in', async () => {
  const line = lastLine().open()
  const count = TOPICS_PER_SUBSCRIPTION_MAX / 2
  const leaves = Array.from({ length: count }, (_, number) => venue.enter(watchedSwarm({ room: `room ${number}` })))
  const before = line.sent.length
  await settled()
  const [first, second] = line.words.slice(before)
  expect([first[2]['#x'].length, second[2]['#x'].length]).toEqual([TOPICS_PER_SUBSCRIPTION_MAX, 2])
  for (const each of leaves) each()
  await settled()
  expect(line.words.slice(before + 2).map(([type, name]) => [type, name])).toEqual([
    ['REQ', first[1]],
    ['CLOSE', second[1]],
  ])
  leave()
  await settled()
  expect(line.words.at(-1)).toEqual(['CLOSE', first[1]])
})

test('a relay that has enough of us is left in peace, for longer each time', () => {
  const line = lastLine().open()
  const refused = ['OK', 'id', false, 'rate-limited: slow down']
  let seconds = BACKOFF_SECONDS_MIN
  for (let time = 0; time < 6; time += 1) {
    line.say(refused)
    expect(venue.announce(swarm.rootTopic)).toBe(seconds * 1_000)
    now += seconds
    seconds = Math.min(seconds * 2, BACKOFF_SECONDS_MAX)
  }
  expect(venue.status).toMatchObject({ state: 'open', error: 'rate-limited: slow down' })
  line.say(['OK', 'id', true, ''])
  line.say(refused)
  expect(venue.announce(swarm.rootTopic)).toBe(BACKOFF_SECONDS_MIN * 1_000)
})

test('what it knows already, or notes, is no failure; what it will not have ends the connection', () => {
  const line = lastLine().open()
  line.say(['NOTICE', 'maintenance at noon'])
  expect(venue.status).toMatchObject({ state: 'open', error: 'maintenance at noon', lastSuccess: null })
  line.say(['OK', 'id', false, 'duplicate: have it'])
  expect(venue.status).toMatchObject({ state: 'open', error: null, lastSuccess: expect.any(Number) })
  line.say(['OK', 'id', false, 'blocked: no ephemeral events'])
  expect(venue.status).toMatchObject({ state: 'closed', error: 'blocked: no ephemeral events' })
  const other = openVenue('wss://other.example', LineClass)
  lastLine().open().say(['CLOSED', 'any', 'auth-required: who are you'])
  expect(other.status).toMatchObject({ state: 'closed', error: 'auth-required: who are you' })
})
