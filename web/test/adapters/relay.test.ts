import { selfId } from '@trystero-p2p/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openVenue, usual } from '../../src/adapters/relay.ts'
import type { Venue } from '../../src/adapters/venue.ts'
import { Line, LineClass, lastLine } from './line.ts'
import { SMALLER, type Watched, watchedSwarm } from './swarms.ts'

let venue: Venue
let swarm: Watched
let leave: () => void

beforeEach(() => {
  Line.made = []
  venue = openVenue('ws://relay.example', LineClass)
  swarm = watchedSwarm()
  leave = venue.enter(swarm)
})

afterEach(() => venue.close())

test('once it is open, both topics are heard, and it is said that we are there', () => {
  const { selfTopic, rootTopic } = swarm
  const line = lastLine().open()
  expect(line.words).toEqual([
    { type: 'subscribe', topic: selfTopic },
    { type: 'subscribe', topic: rootTopic },
    { type: 'publish', topic: rootTopic, payload: JSON.stringify({ peerId: selfId }) },
  ])
  expect(venue.status).toMatchObject({ strategy: 'relay', place: 'ws://relay.example', state: 'open' })
  leave()
  expect(line.words.slice(3)).toEqual([
    { type: 'unsubscribe', topic: selfTopic },
    { type: 'unsubscribe', topic: rootTopic },
  ])
})

test('what is said arrives as a text or an object, and everything else is left', () => {
  const { selfTopic } = swarm
  const line = lastLine().open()
  for (const word of ['{', 'null', { payload: { peerId: SMALLER } }, { topic: 'another', payload: '{}' }])
    line.say(word)
  expect(venue.status).toMatchObject({ lastSuccess: null })
  line.say({ topic: selfTopic, payload: { peerId: SMALLER } })
  line.say({ topic: selfTopic, payload: JSON.stringify({ peerId: SMALLER, offer: 'sealed' }) })
  expect(swarm.told.map(({ said }) => said)).toEqual([{ peerId: SMALLER }, { peerId: SMALLER, offer: 'sealed' }])
  expect(venue.status).toMatchObject({ lastSuccess: expect.any(Number) })
})

test('nobody offers one to everybody', () => {
  expect(usual()).toEqual([])
})
