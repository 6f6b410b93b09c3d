import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeVenues, Venues } from '../../src/adapters/venues.ts'
import { Line, LineClass } from './line.ts'
import { watchedSwarm } from './swarms.ts'

const PLACES = ['torrent:ws://a', 'nostr:ws://b', 'relay:ws://c', 'mqtt:ws://d/']

beforeEach(() => {
  Line.made = []
})

afterEach(closeVenues)

const placesOf = (venues: Venues) => venues.status.map(({ strategy, place }) => `${strategy}:${place}`)

test('every strategy opens its places, for all rooms of the page, until the last has left', async () => {
  const venues = await Venues.load(PLACES, 'peerset')
  expect(venues.specs).toEqual(PLACES)
  expect([placesOf(venues), new Set(venues.status.map(({ state }) => state))]).toEqual([
    PLACES,
    new Set(['connecting']),
  ])
  expect(Line.made).toEqual([])
  const open = venues.open(LineClass)
  expect(Line.made).toEqual([])
  for (const venue of open) venue.enter(watchedSwarm())
  expect(Line.made.map(({ url }) => url)).toEqual(['ws://a', 'ws://b', 'ws://c', 'ws://d/'])
  const others = await Venues.load(PLACES, 'peerset')
  expect(others.open(LineClass)).toBe(open)
  Line.made[1]?.open()
  expect(others.status.map(({ state }) => state)).toEqual(['connecting', 'open', 'connecting', 'connecting'])
  closeVenues()
  expect(new Set(venues.status.map(({ state }) => state))).toEqual(new Set(['closed']))
  expect(venues.open(LineClass)).not.toBe(open)
})

test('without a word the public trackers are asked, and strategies know their public places', async () => {
  expect(placesOf(await Venues.load(undefined, 'peerset'))).toEqual(
    placesOf(await Venues.load(['torrent:'], 'peerset')),
  )
  const count = async (spec: string) => (await Venues.load([spec], 'peerset')).status.length
  expect([await count('torrent:'), await count('nostr:'), await count('mqtt:')]).toEqual([3, 5, 4])
})
