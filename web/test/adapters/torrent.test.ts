import { selfId } from '@trystero-p2p/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/trystero.json'
import {
  ANNOUNCE_SECONDS_MIN,
  INTERVAL_SECONDS_MAX,
  INTERVAL_SECONDS_MIN,
  infoHash,
  openVenue,
  usual,
} from '../../src/adapters/torrent.ts'
import type { Venue } from '../../src/adapters/venue.ts'
import { ATTEMPTS_MAX } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Line, LineClass, lastLine } from './line.ts'
import { LARGER, LOBBY, SMALLER, type Watched, watchedSwarm } from './swarms.ts'

const HASH = infoHash(LOBBY)

let now: number
let tracker: Venue
let swarm: Watched
let leave: () => void

beforeEach(() => {
  now = 1_000
  Line.made = []
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  tracker = openVenue('wss://tracker.example', LineClass)
  swarm = watchedSwarm()
  leave = tracker.enter(swarm)
})

afterEach(() => {
  tracker.close()
  swarm.gathering.stop()
  vi.restoreAllMocks()
})

/** Wait until offers are made. */
const settled = () => new Promise(resolve => setTimeout(resolve))

const offerOf = (peer: string, id = 'one') => ({
  info_hash: HASH,
  peer_id: peer,
  offer_id: id,
  offer: { type: 'offer', sdp: 'theirs' },
})

test.each(vectors.topics)('the room $roomId of $appId is named on trackers as Trystero does', topic => {
  expect(infoHash({ app: topic.appId, room: topic.roomId })).toBe(topic.torrent_info_hash)
})

test('those that are asked are Trystero`s', () => {
  const { torrent_list, torrent_n } = vectors.default_relays.modern
  expect(usual()).toEqual(torrent_list.slice(0, torrent_n))
})

test('rooms are announced with the offers that stand, once there is a connection', async () => {
  expect(tracker.announce(swarm.rootTopic)).toBe(INTERVAL_SECONDS_MIN * 1_000)
  await settled()
  const line = lastLine()
  expect(line.sent).toEqual([])
  line.open()
  await settled()
  const [said] = line.words
  const offers = said.offers.map(({ offer }: { offer: object }) => offer)
  expect({ ...said, offers }).toEqual({
    action: 'announce',
    info_hash: HASH,
    peer_id: selfId,
    numwant: 3,
    offers: ['sealed 0', 'sealed 1', 'sealed 2'].map(sdp => ({ type: 'offer', sdp })),
  })
  tracker.announce(swarm.rootTopic)
  tracker.announce('root of another')
  await settled()
  expect(line.words[1]).toEqual(said)
  expect(line.words).toHaveLength(2)
})

test('an offer is told with the way to answer it', () => {
  const line = lastLine().open()
  line.say(offerOf(SMALLER))
  expect(swarm.told.map(({ said }) => said)).toEqual([{ peerId: SMALLER, offer: 'theirs', hasOutgoingOffer: false }])
  swarm.told[0]?.reply('', JSON.stringify({ peerId: selfId, answer: 'ours' }))
  swarm.told[0]?.reply('', JSON.stringify({ peerId: selfId, candidate: 'late' }))
  expect(line.words).toEqual([
    {
      action: 'announce',
      info_hash: HASH,
      peer_id: selfId,
      answer: { type: 'answer', sdp: 'ours' },
      offer_id: 'one',
      to_peer_id: SMALLER,
    },
  ])
})

test('an answer is told with the connection that it is for, once', async () => {
  const line = lastLine().open()
  await settled()
  const id = line.words.at(-1)?.offers[1].offer_id
  const answer = { info_hash: HASH, peer_id: LARGER, offer_id: id, answer: { type: 'answer', sdp: 'theirs' } }
  line.say({ ...answer, offer_id: 'unknown' })
  line.say(answer)
  line.say(answer)
  expect(swarm.told.map(({ said }) => said)).toEqual([
    { peerId: LARGER, answer: 'theirs', peer: { connection: 'sealed 1' } },
  ])
})

test.each([
  ['an offer for another room', { ...offerOf(SMALLER), info_hash: 'another' }],
  ['an offer of nobody', { ...offerOf(SMALLER), peer_id: undefined }],
  ['an offer of an id that is none', offerOf('short')],
  ['an offer of ours', offerOf(selfId)],
  ['an offer without an id', { ...offerOf(SMALLER), offer_id: 7 }],
  ['an offer without a description', { ...offerOf(SMALLER), offer: { sdp: 5 } }],
  ['an offer that is empty', { ...offerOf(SMALLER), offer: null }],
  ['what is no object', 'null'],
  ['what is no JSON', '{'],
])('%s is nothing to us', (_, said) => {
  lastLine().open().say(said)
  expect(swarm.told).toEqual([])
})

test('the same offer by two trackers is told once', () => {
  const other = openVenue('wss://other.example', LineClass)
  other.enter(swarm)
  for (const line of Line.made) line.open().say(offerOf(SMALLER))
  expect(swarm.told).toHaveLength(1)
  other.close()
})

test('strangers are answered up to a number; who is here is none', () => {
  const line = lastLine().open()
  const peers = Array.from({ length: ATTEMPTS_MAX + 5 }, (_, number) => `${number}`.padStart(20, '!'))
  for (const peer of peers) line.say(offerOf(peer))
  expect(swarm.told).toHaveLength(ATTEMPTS_MAX)
  swarm.friends.push(peers[0] as PeerId, SMALLER)
  line.say(offerOf(SMALLER))
  line.say(offerOf(peers[0] as string, 'two'))
  line.say(offerOf(peers.at(-1) as string, 'two'))
  expect(swarm.told).toHaveLength(ATTEMPTS_MAX + 3)
})

test('the room is announced again for newcomers that would wait, once a second', async () => {
  const line = lastLine().open()
  await settled()
  for (let number = 0; number < 8; number += 1) {
    line.say(offerOf(LARGER, `${number}`))
    now += ANNOUNCE_SECONDS_MIN / 4
  }
  await settled()
  expect(line.words).toHaveLength(3)
})

test('a tracker says how often it wants to hear of us, within bounds', () => {
  const line = lastLine().open()
  const after = (interval: unknown) => {
    line.say({ info_hash: HASH, interval, complete: 1, incomplete: 2 })
    return Number(tracker.announce(swarm.rootTopic)) / 1_000
  }
  expect([60, 1, 86_400].map(after)).toEqual([60, INTERVAL_SECONDS_MIN, INTERVAL_SECONDS_MAX])
  expect(after('soon')).toBe(INTERVAL_SECONDS_MAX)
})

test('how it stands tells what it complained of, and when it last answered', () => {
  const line = lastLine().open()
  expect(tracker.status).toMatchObject({ strategy: 'torrent', place: 'wss://tracker.example', state: 'open' })
  line.say({ 'failure reason': 'unregistered' })
  expect(tracker.status).toMatchObject({ error: 'unregistered', lastSuccess: null })
  line.say({ info_hash: HASH, interval: 60 })
  expect(tracker.status).toMatchObject({ error: null, lastSuccess: expect.any(Number) })
})

test('a room that was left is announced no more, and hears nothing', async () => {
  const line = lastLine().open()
  await settled()
  leave()
  tracker.announce(swarm.rootTopic)
  line.say(offerOf(SMALLER))
  await settled()
  expect([line.sent.length, swarm.told]).toEqual([1, []])
})
