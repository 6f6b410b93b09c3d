import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Envelope } from '../../src/adapters/envelope.ts'
import { CLOCK_SECONDS, Phased } from '../../src/adapters/phased.ts'
import { PhasedName } from '../../src/adapters/phases.ts'
import { topicOf } from '../../src/adapters/topic.ts'
import { infoHash } from '../../src/adapters/torrent.ts'
import type { Swarm } from '../../src/adapters/venue.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type Member, PERIOD_SECONDS, ROOM, URLS, World } from './phasing.ts'
import { SMALLER, watchedSwarm } from './swarms.ts'

const EPOCHS = 30

/** Who is there for so long with another must have met it: trackers hear of members every two minutes. */
const MEET_SECONDS = 300

const OTHER = 'x'.repeat(20) as PeerId

let world: World

beforeEach(() => {
  world = new World()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Seconds until the next epoch begins. */
const toBorder = () => PERIOD_SECONDS - ((Date.now() / 1_000) % PERIOD_SECONDS)
const namesOf = (url: string) => world.trackers.get(url)?.names ?? []

test('all who are there meet in thirty epochs, and no tracker sees two at once, nor a name twice', async () => {
  const seen = new Map(URLS.map(url => [url, [] as string[]]))
  const listedAs = new Map<PeerId, string>()
  world.seen.push(() => {
    for (const [name, peers] of [...world.trackers.values()].flatMap(({ listed }) => listed)) {
      for (const peer of peers) listedAs.set(peer, listedAs.get(peer) ?? name)
      expect(peers.filter(peer => listedAs.get(peer) !== name)).toEqual([])
    }
    for (const [url, names] of seen) {
      const listed = namesOf(url)
      expect(listed.length).toBeLessThan(2)
      if (listed[0] !== undefined && listed[0] !== names.at(-1)) names.push(listed[0])
    }
  })
  const members: Member[] = []
  const living = Array.from({ length: 4 }, () => ({
    until: world.rng.uniform(0, PERIOD_SECONDS),
    member: null as Member | null,
  }))
  while (world.seconds < EPOCHS * PERIOD_SECONDS) {
    for (const life of living) {
      if (life.until > world.seconds) continue
      life.member?.leave()
      life.member = life.member === null ? world.come({ skewSeconds: world.rng.uniform(-240, 240) }) : null
      if (life.member !== null) members.push(life.member)
      life.until = world.seconds + world.rng.uniform(600, life.member === null ? PERIOD_SECONDS : 3 * PERIOD_SECONDS)
    }
    await world.pass(60)
  }
  for (const { member } of living) member?.leave()
  const pairs = members.flatMap((one, number) => members.slice(0, number).map(other => [one, other] as const))
  const together = pairs.filter(([one, other]) => one.secondsWith(other) > MEET_SECONDS)
  expect(together.length).toBeGreaterThan(30)
  expect(together.filter(([one, other]) => !one.knows(other))).toEqual([])
  expect(members.flatMap(({ strange }) => strange)).toEqual([])
  for (const names of seen.values()) {
    expect(names.length).toBeGreaterThanOrEqual(EPOCHS / 3)
    expect(new Set(names).size).toBe(names.length)
  }
  const all = [...seen.values()].flat()
  expect(new Set(all).size).toBe(all.length)
}, 240_000)

test('who comes at a border meets whoever has a clock that is behind, or before', async () => {
  const [slow, fast] = [world.come({ skewSeconds: -280 }), world.come({ skewSeconds: 280 })]
  await world.pass(toBorder() - 300)
  for (let number = 0; number < 12; number += 1) {
    const newcomer = world.come()
    await world.pass(60)
    expect([newcomer.knows(slow), newcomer.knows(fast)]).toEqual([true, true])
    newcomer.leave()
  }
})

test('names are those of the protocol, and those who say another period or password are in another room', async () => {
  const [one, ...others] = [{}, { password: 'secret' }, { periodSeconds: 2 * PERIOD_SECONDS }].map(given =>
    world.come(given),
  )
  await world.pass(3 * PERIOD_SECONDS)
  expect([one, ...others].map(member => member?.met.size)).toEqual([0, 0, 0])
  for (const member of others) member.leave()
  const epoch = Math.floor(Date.now() / 1_000 / PERIOD_SECONDS)
  await world.pass(toBorder() + PERIOD_SECONDS / 2)
  const hash = infoHash(new PhasedName(ROOM, '', PERIOD_SECONDS).at(epoch + 1))
  expect(URLS.flatMap(namesOf)).toEqual([hash])
  expect(one?.places.map(namesOf)).toEqual([[hash]])
})

test('at one place both names are announced around a border, and what is said under each is answered there', async () => {
  await world.pass(toBorder())
  const urls = URLS.slice(0, 1)
  const [one, other] = [world.come({ urls }), world.come({ urls })]
  await world.pass(60)
  expect([namesOf(URLS[0] as string).length, one.knows(other)]).toEqual([2, true])
  one.leave()
  other.leave()
  await world.pass(10)
  expect(URLS.flatMap(namesOf)).toEqual([])
})

test('a clock that is set is noticed within a minute', async () => {
  await world.pass(toBorder() + PERIOD_SECONDS / 2)
  const member = world.come()
  await world.pass(30)
  const before = URLS.flatMap(namesOf)
  vi.setSystemTime(Date.now() + 10 * PERIOD_SECONDS * 1_000)
  await world.pass(CLOCK_SECONDS + 30)
  const after = URLS.flatMap(namesOf)
  expect([before.length, after.length, after.includes(before[0] as string)]).toEqual([1, 1, false])
  member.leave()
  expect(vi.getTimerCount()).toBe(0)
})

test('trystero hears all that is sealed for the epoch under the seal of the room, and nothing that is not', async () => {
  const status = { strategy: 'relay', place: 'ws://relay', state: 'open' }
  const entered: Swarm[] = []
  const enter = (masked: Swarm) => void entered.push(masked)
  const swarm = watchedSwarm()
  const attendance = swarm.gathering.attendance
  const terms = {
    room: swarm.name,
    password: 'p',
    periodSeconds: PERIOD_SECONDS,
    places: ['relay:ws://relay'],
    attendance,
  }
  const phased = new Phased(terms, () => PERIOD_SECONDS / 2, world.rng)
  phased.enter({ status, enter, announce: () => 5_000 } as never, swarm)
  const phases = new PhasedName(swarm.name, 'p', PERIOD_SECONDS)
  const [name, aliases] = [phases.at(0), phases.aliases(0)]
  const [own, outer] = [new Envelope(swarm.name, 'p'), new Envelope(name, 'p')]
  const replied: string[][] = []
  const tell = (said: object) =>
    entered[0]?.tell({ peerId: aliases.of(OTHER), ...said }, (...reply) => void replied.push(reply))
  tell({ offer: await own.seal('of the room, not of its epoch') })
  tell({ candidate: 'junk' })
  tell({ peerId: SMALLER, candidate: await outer.seal('of nobody that there can be') })
  tell({ candidate: await outer.seal('late'), offerId: 'one' })
  await vi.waitFor(() => expect(swarm.told).toHaveLength(1), PATIENCE_MS)
  const [{ said, reply }] = swarm.told as [(typeof swarm.told)[0]]
  expect({ ...said, candidate: await own.open(String(said.candidate)) }).toEqual({
    peerId: OTHER,
    offerId: 'one',
    candidate: 'late',
  })
  await reply('a topic of the room', JSON.stringify({ peerId: attendance.self, answer: await own.seal('yes') }))
  const [[topic, text = '']] = replied as [string[]]
  expect([entered[0]?.name, topic]).toEqual([name, topicOf(name, aliases.of(OTHER))])
  expect(await outer.open(JSON.parse(text).answer)).toBe('yes')
  expect([entered[0]?.self, JSON.parse(text).peerId]).toEqual(Array(2).fill(aliases.of(attendance.self)))
})
