import { beforeEach, expect, test } from 'vitest'
import type { Venue } from '../../src/adapters/venue.ts'
import { Visited } from '../../src/adapters/visited.ts'
import { watchedSwarm } from './swarms.ts'

const PLACE = { strategy: 'relay', url: 'ws://relay.example' } as const
const said: string[] = []
let opened = 0

function venue(): Venue {
  const number = ++opened
  return {
    status: {
      strategy: 'relay',
      place: `${number}`,
      state: 'open',
      error: null,
      since: 0,
      lastSuccess: null,
      nextTry: null,
    },
    enter(swarm) {
      said.push(`${number} ${swarm.name.room}`)
      return () => said.push(`${number} without ${swarm.name.room}`)
    },
    announce: rootTopic => said.push(`${number} ${rootTopic}`),
    close: () => said.push(`${number} closed`),
  }
}

beforeEach(() => {
  ;[said.length, opened] = [0, 0]
})

test('a place is opened by the first room, closed by the last that leaves, and opened anew', () => {
  const visited = new Visited(PLACE, venue)
  expect([visited.status, opened, visited.announce('x')]).toEqual([
    {
      strategy: 'relay',
      place: PLACE.url,
      state: 'connecting',
      error: null,
      since: 0,
      lastSuccess: null,
      nextTry: null,
    },
    0,
    null,
  ])
  const [leaveOne, leaveOther] = ['one', 'other'].map(room => visited.enter(watchedSwarm({ room })))
  expect([visited.announce('topic'), visited.status.place]).toEqual([3, '1'])
  leaveOne?.()
  leaveOther?.()
  visited.enter(watchedSwarm({ room: 'third' }))
  expect(said).toEqual(['1 one', '1 other', '1 topic', '1 without one', '1 without other', '1 closed', '2 third'])
  visited.close()
  expect(said.at(-1)).toBe('2 closed')
})

test('a place of which nothing can be made is as one that was not entered', () => {
  const visited = new Visited(PLACE, () => null)
  visited.enter(watchedSwarm())()
  expect([visited.announce('x'), visited.status.state]).toEqual([null, 'connecting'])
})
