/** Neighbours as a place to meet; the test is trystero on one side, and the neighbours on the other. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Envelope } from '../../src/adapters/envelope.ts'
import { Introducer, neighbours } from '../../src/adapters/introducer.ts'
import { ATTEMPT_TIMEOUT_SECONDS } from '../../src/core/limits.ts'
import type { Described } from '../../src/protocol/inputs.ts'
import { PATIENCE_MS } from '../patience.ts'
import { LARGER, LOBBY, SMALLER, type Watched, watchedSwarm } from './swarms.ts'

const ENVELOPE = new Envelope(LOBBY, 'secret')

let told: Described[]
let introducer: Introducer
let swarm: Watched
let leave: () => void

beforeEach(() => {
  told = []
  introducer = new Introducer(LOBBY, 'secret', described => told.push(described))
  const watched = watchedSwarm({ introducer })
  const offers: Watched['offers'] = async count => {
    const records = await watched.offers(count)
    return await Promise.all(records.map(async each => ({ ...each, offer: await ENVELOPE.seal(each.offer) })))
  }
  swarm = { ...watched, offers }
  leave = neighbours.enter(swarm)
})

afterEach(() => {
  introducer.stop()
  vi.useRealTimers()
})

/** Wait, however long sealing takes. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(resolve => setTimeout(resolve))
}

const fates = () => swarm.made.map(({ fate }) => fate)

test('who is to be called gets an offer of its own, opened', async () => {
  for (const peer of [SMALLER, LARGER]) introducer.perform({ type: 'Dial', peer })
  await until(() => told.length === 2)
  expect(told.map(({ peer, description: { kind, sdp } }) => [peer, kind, sdp])).toEqual([
    [SMALLER, 'offer', 'sealed 0'],
    [LARGER, 'offer', 'sealed 1'],
  ])
  expect(told[0]?.description.offerId).not.toBe(told[1]?.description.offerId)
})

test('an offer is answered by whom it was for alone, once', async () => {
  introducer.perform({ type: 'Dial', peer: LARGER })
  await until(() => told.length === 1)
  const offerId = told[0]?.description.offerId ?? ''
  const answerOf = (peer: typeof LARGER) =>
    introducer.perform({ type: 'Signal', peer, description: { kind: 'answer', offerId, sdp: 'theirs' } })
  for (const peer of [SMALLER, LARGER, LARGER]) answerOf(peer)
  await until(() => swarm.told.length > 0)
  await ENVELOPE.open(await ENVELOPE.seal('another'))
  const [{ said } = { said: null }] = swarm.told
  expect([swarm.told.length, said?.peerId, said?.peer, fates()]).toEqual([
    1,
    LARGER,
    { connection: 'sealed 0' },
    ['claimed'],
  ])
  expect(await ENVELOPE.open(said?.answer ?? '')).toBe('theirs')
})

test('one that nobody answers is taken back', async () => {
  introducer.perform({ type: 'Dial', peer: LARGER })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), PATIENCE_MS)
  vi.advanceTimersByTime(ATTEMPT_TIMEOUT_SECONDS * 1_000)
  expect(fates()).toEqual(['taken back'])
})

test('an offer of another reaches trystero, and its answer goes back', async () => {
  const offer = { kind: 'offer', offerId: 'x', sdp: 'theirs' } as const
  introducer.perform({ type: 'Signal', peer: SMALLER, description: offer })
  await until(() => swarm.told.length === 1)
  const [{ said, reply } = { said: null, reply: () => {} }] = swarm.told
  expect([said?.peerId, await ENVELOPE.open(said?.offer ?? '')]).toEqual([SMALLER, 'theirs'])
  reply('', JSON.stringify({ candidate: 'late' }))
  reply('', JSON.stringify({ answer: await ENVELOPE.seal('ours') }))
  await until(() => told.length === 1)
  expect(told).toEqual([
    { type: 'Described', peer: SMALLER, description: { kind: 'answer', offerId: 'x', sdp: 'ours' } },
  ])
})

test('what comes before the room is entered, or after it is left, goes nowhere', async () => {
  introducer.perform({ type: 'Dial', peer: LARGER })
  await until(() => told.length === 1)
  leave()
  introducer.perform({ type: 'Dial', peer: LARGER })
  introducer.stop()
  introducer.perform({ type: 'Signal', peer: SMALLER, description: { kind: 'offer', offerId: 'x', sdp: 'theirs' } })
  await ENVELOPE.open(await ENVELOPE.seal('another'))
  expect([told.length, swarm.told, fates()]).toEqual([1, [], ['taken back']])
})

test('neighbours are no place that is announced to, shown or closed', () => {
  expect([neighbours.announce(''), neighbours.status, neighbours.close()]).toEqual([null, null, undefined])
  expect(neighbours.enter(watchedSwarm())()).toBeUndefined()
})
