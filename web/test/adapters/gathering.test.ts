import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OFFER_SECONDS_MAX, OFFERS_STANDING, REPEATED_SECONDS } from '../../src/adapters/gathering.ts'
import { type Watched, watchedSwarm } from './swarms.ts'

let now: number
let swarm: Watched

beforeEach(() => {
  now = 1_000
  vi.spyOn(performance, 'now').mockImplementation(() => now * 1_000)
  swarm = watchedSwarm()
})

afterEach(() => {
  vi.restoreAllMocks()
})

const offered = async () => await swarm.gathering.offers(swarm.offers)
const fates = () => swarm.made.map(({ fate }) => fate)

test('the same offers stand wherever the room meets, asked for once by all places', async () => {
  expect(swarm.gathering.hasOffers).toBe(false)
  const [one, other] = await Promise.all([offered(), offered()])
  expect(one).toEqual(other)
  expect([one.length, swarm.made.length, swarm.gathering.hasOffers]).toEqual([OFFERS_STANDING, OFFERS_STANDING, true])
  expect(new Set(one.map(([id]) => id.length))).toEqual(new Set([20]))
})

test('one that is answered is replaced, and answered once', async () => {
  const [[id, sealed] = ['', '']] = await offered()
  expect(swarm.gathering.claim(id)).toEqual({ connection: sealed })
  expect([swarm.gathering.claim(id), swarm.gathering.claim('unknown')]).toEqual([null, null])
  expect(fates()).toEqual(['claimed', 'out', 'out'])
  expect((await offered()).map(([, offer]) => offer)).toEqual(['sealed 1', 'sealed 2', 'sealed 3'])
})

test('old ones are taken back, and so are all when the room is left', async () => {
  await offered()
  now += OFFER_SECONDS_MAX
  await offered()
  expect(fates()).toEqual(['taken back', 'taken back', 'taken back', 'out', 'out', 'out'])
  swarm.gathering.stop()
  expect([fates().slice(3), swarm.gathering.hasOffers]).toEqual([Array(3).fill('taken back'), false])
})

test('offers that cannot be made are asked for again', async () => {
  await expect(swarm.gathering.offers(() => Promise.reject(new Error('no network')))).rejects.toThrow('no network')
  expect(await offered()).toHaveLength(OFFERS_STANDING)
})

test('what another tracker passed on a moment ago is told from what is new', () => {
  const { gathering } = swarm
  expect(['a', 'b', 'a'].map(key => gathering.isRepeated(key))).toEqual([false, false, true])
  now += REPEATED_SECONDS
  expect(gathering.isRepeated('a')).toBe(false)
})

test('however much is heard, the memory of it is bounded', () => {
  for (let number = 0; number < 5_000; number += 1) swarm.gathering.isRepeated(`flood ${number}`)
  expect([swarm.gathering.isRepeated('flood 4999'), swarm.gathering.isRepeated('flood 0')]).toEqual([true, false])
})

test('offers that were being made as the room was left are taken back, and none are made after', async () => {
  const making = swarm.gathering.offers(async count => {
    const made = await swarm.offers(count)
    swarm.gathering.stop()
    return made
  })
  expect([await making, fates()]).toEqual([[], Array(OFFERS_STANDING).fill('taken back')])
  expect([await offered(), swarm.made.length]).toEqual([[], OFFERS_STANDING])
})
