import { describe, expect, test, vi } from 'vitest'
import { ask, forwarding } from '../../src/adapters/forwarding.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { DOCUMENT_LINKS_MAX, OWN_HEADS_MAX } from '../../src/core/limits.ts'
import {
  KIND_COMMIT,
  KIND_DELETION,
  KIND_KEYED,
  KIND_RECORD,
  type Record,
  type RecordId,
  signRecord,
  type Tags,
} from '../../src/core/record.ts'
import type { Rng } from '../../src/core/rng.ts'
import { roomTag } from '../../src/core/signal.ts'
import { stampOf } from '../../src/core/stamp.ts'
import type { Collection } from '../../src/data/collection.ts'
import { OwnHeads, ownHeadsOf } from '../../src/data/ownheads.ts'
import { type DefinitionOptions, define } from '../../src/documents/definition.ts'
import type { Version } from '../../src/documents/document.ts'
import { headsOf } from '../../src/documents/linking.ts'
import { ConflictError } from '../../src/errors.ts'
import type { RoomEvent } from '../../src/notices.ts'
import type { DocumentStore } from '../../src/ports.ts'
import { type JoinOptions, join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { seededRng } from '../seeded.ts'
import { MemorySwarm } from '../swarm.ts'

const [ANN, BOB] = [1, 2].map(byte => new SecretKey(new Uint8Array(32).fill(byte))) as [SecretKey, SecretKey]
const PLACES = define('places', null)
const FOLLOWING = Array.from({ length: DOCUMENT_LINKS_MAX }, (_, at) => ['e', `${at}`.padStart(64, '0'), '', 'prev'])

interface Said {
  readonly key?: string
  readonly kind?: number
  readonly tags?: Tags
  readonly at?: number
}

function record({ key = 'a', kind = KIND_KEYED, tags = [], at = 7 }: Said = {}): Record {
  const keyed = kind === KIND_KEYED ? [['d', `places/${key}`]] : []
  return signRecord(ANN, { createdAt: at as UnixTime, kind, tags: [['c', 'places'], ...keyed, ...tags], content: '1' })
}

const added = (record: Record): RoomEvent => ({ type: 'RecordAdded', record, peer: null })

/** Write a version as `Writing` does. */
function write(
  heads: OwnHeads,
  written: Record,
  { between = [], as = PLACES } = {} as { between?: RoomEvent[]; as?: typeof PLACES },
) {
  heads.ask('places/a')
  for (const event of between) heads.take(event)
  heads.take(added(written))
  heads.keep(as, written)
}

test('what was written is known once it is saved', () => {
  const [heads, one, two] = [new OwnHeads(), record(), record({ at: 8 })]
  heads.ask('places/a')
  expect(heads.get('places/a')).toBeUndefined()
  write(heads, one)
  const head = { id: one.id, author: ANN.publicKey, stamp: stampOf(one), state: 0, parents: [] }
  expect(heads.get('places/a')).toEqual(head)
  write(heads, two)
  expect(heads.get('places/a')?.id).toBe(two.id)
})

test.each([record({ at: 9 }), record({ key: 'b', at: 9 }), record({ kind: KIND_RECORD, at: 9 })])(
  'a version from elsewhere makes its own register unknown',
  other => {
    const heads = new OwnHeads()
    write(heads, record())
    heads.take(added(other))
    expect(heads.size).toBe(other.tags.some(([, value]) => value === 'places/a') ? 0 : 1)
  },
)

test('what comes after it was asked, and before a version is saved, makes its register unknown', () => {
  for (const other of [record({ at: 9 }), record({ key: 'z', kind: KIND_DELETION })]) {
    const heads = new OwnHeads()
    write(heads, record(), { between: [added(other)] })
    expect(heads.size).toBe(0)
  }
})

test('what was not asked for, or was not saved alone, is not known', () => {
  const [heads, one] = [new OwnHeads(), record()]
  heads.take(added(one))
  heads.keep(PLACES, one)
  heads.ask('places/a')
  heads.keep(PLACES, one)
  expect(heads.size).toBe(0)
})

const ID = '0'.repeat(64) as RecordId

const TOUCHING: readonly RoomEvent[] = [
  { type: 'RecordDeleted', id: ID, by: ID },
  { type: 'RecordHidden', id: ID, policy: 'words', reason: 'no' },
  { type: 'RecordsExpired', before: 3 as UnixTime, count: 1, kept: new Set() },
  { type: 'CurtainChanged' },
  { type: 'CollectionChanged', collection: 'places', turnover: null },
  { type: 'ProjectionDropped', what: 'collection', name: 'places' },
  added(record({ kind: KIND_DELETION })),
  added(record({ kind: KIND_COMMIT })),
  added(record({ key: 'z', tags: [['batch', '00']] })),
]

test('what may concern any register makes all unknown', () => {
  for (const event of TOUCHING) {
    const heads = new OwnHeads()
    write(heads, record())
    heads.take({ type: 'CollectionChanged', collection: 'places', turnover: { came: [ID], gone: [] } })
    expect(heads.size).toBe(1)
    heads.take(event)
    expect([event.type, heads.size]).toEqual([event.type, 0])
  }
})

test('the registers written longest ago are forgotten first', () => {
  const heads = new OwnHeads()
  const one = record()
  const written = (key: string) => ({ ...one, tags: [['d', `places/${key}`]] })
  for (let at = 0; at <= OWN_HEADS_MAX; at++) {
    heads.ask(`places/${at}`)
    heads.take(added(written(`${at}`)))
    heads.keep(PLACES, written(`${at}`))
  }
  expect(heads.size).toBe(OWN_HEADS_MAX)
  expect([heads.get('places/0'), heads.get('places/1')?.id]).toEqual([undefined, one.id])
})

describe('what may not stay the only head is not known', () => {
  const older: DefinitionOptions = { also: { name: 'spots' } }
  test.each([
    ['a document', record({ kind: KIND_RECORD }), PLACES],
    ['what expires', record({ tags: [['expiration', '9']] }), PLACES],
    ['a part of a batch', record({ tags: [['batch', '00']] }), PLACES],
    ['what follows as many as it may', record({ tags: FOLLOWING }), PLACES],
    ['what an older collection may have, too', record(), define('places', null, older)],
  ])('%s', (_, written, as) => {
    const heads = new OwnHeads()
    write(heads, written, { as })
    expect(heads.size).toBe(0)
  })
})

/** A store that counts who asks for the versions of registers, and answers when it may. */
class Asked extends MemoryStore {
  count = 0
  mayAnswer = Promise.resolve()

  override async documents(): Promise<DocumentStore> {
    const documents = await super.documents()
    const asked = async (method: string, ...given: readonly unknown[]) => {
      const answer = await ask(documents, method, given)
      if (method !== 'registerVersions') return answer
      this.count += 1
      await this.mayAnswer
      return answer
    }
    return forwarding(asked, { watch: each => documents.watch(each), heed: bitsOf => documents.heed(bitsOf) })
  }
}

async function alone(options: JoinOptions = {}): Promise<Room> {
  return await join('lobby', { store: 'memory', transport: new MemorySwarm().transport(), key: ANN, ...options })
}

/** Sign a version as another program would. */
function version(room: Room, key: string, { at = Math.floor(Date.now() / 1_000), author = BOB } = {}): Record {
  const tags = [
    ['h', roomTag(room.name)],
    ['c', 'places'],
    ['d', `places/${key}`],
  ]
  return signRecord(author, { createdAt: at as UnixTime, kind: KIND_KEYED, tags, content: '2' })
}

test('who writes a register time and again asks the store once at most', async () => {
  const store = new Asked()
  const room = await alone({ store })
  const counters = await room.collection<number>('counters')
  let last = await counters.put('n', 0)
  for (let at = 1; at < 50; at++) {
    const doc = await counters.put('n', at)
    expect(doc.follows).toEqual([last.id])
    last = doc
  }
  await counters.delete('n', { expected: last })
  await counters.put('n', 0, { expected: null })
  await counters.update('n', value => (value ?? 0) + 1)
  for (let at = 0; at < 3; at++) {
    const batch = await room.batch()
    await batch.put(counters, 'n', at)
    await batch.put(counters, `new ${at}`, at)
    await batch.commit()
  }
  // One for each register that is new.
  expect(store.count).toBe(4)
  await expect(counters.put('n', 1, { expected: null })).rejects.toThrow(ConflictError)
  await room.leave()
})

test('a version of another that comes while the store answers is followed by the next', async () => {
  const store = new Asked()
  const room = await alone({ store })
  const places = await room.collection<number>('places', { shared: true })
  let answer = () => {}
  store.mayAnswer = new Promise(resolve => {
    answer = resolve
  })
  const writing = places.put('a', 1)
  await expect.poll(() => store.count).toBe(1)
  await room.add(version(room, 'a'))
  answer()
  await writing
  expect(await places.heads('a')).toHaveLength(2)
  expect((await places.put('a', 3)).follows).toHaveLength(2)
  expect(await places.heads('a')).toHaveLength(1)
  await room.leave()
})

test('a register whose only version was purged holds nothing that is expected', async () => {
  const room = await alone()
  const places = await room.collection<number>('places')
  const doc = await places.put('a', 1)
  await room.moderation.purge(doc.id)
  expect((await places.put('a', 2, { expected: null })).follows).toEqual([doc.id])
  await room.leave()
})

test('what is said of versions is about what readers see now', async () => {
  const room = await alone()
  const places = await room.collection<number>('places', { shared: true })
  await room.add(version(room, 'a'))
  await places.put('a', 1)
  await room.moderation.mute(BOB.publicKey)
  await room.add(version(room, 'a', { at: Math.floor(Date.now() / 1_000) + 9 }))
  await room.moderation.unmute(BOB.publicKey)
  expect((await places.put('a', 2)).follows).toHaveLength(2)
  expect(await places.heads('a')).toHaveLength(1)
  await room.leave()
})

describe('what is known is what the store says, whatever happens', () => {
  test.each(Array.from({ length: 8 }, (_, seed) => seed))('%i', async seed => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const isShared = seed % 2 === 0
    const room = await alone()
    const places = await room.collection<number>('places', { shared: isShared })
    const story = new Story(room, places, seededRng(`own heads ${seed}`))
    for (let at = 0; at < 40; at++) {
      await story.act()
      await story.check()
    }
    expect(story.known).toBeGreaterThan(0)
    await room.leave()
    vi.useRealTimers()
  })
})

/** What happens to a few registers. */
class Story {
  /** How often something was known. */
  known = 0
  readonly #room: Room
  readonly #places: Collection<number>
  readonly #rng: Rng

  constructor(room: Room, places: Collection<number>, rng: Rng) {
    this.#room = room
    this.#places = places
    this.#rng = rng
  }

  async act(): Promise<void> {
    const [room, places] = [this.#room, this.#places]
    const at = Math.floor(Date.now() / 1_000) + this.#below(1_200) - 600
    const deeds: (() => Promise<unknown>)[] = [
      ...Array<() => Promise<unknown>>(8).fill(() => places.put(this.#key(), this.#below(9))),
      () => places.delete(this.#key()),
      () => places.put(this.#key(), 1, { ttlSeconds: 30 }),
      () => this.#commit(),
      () => room.add(version(room, this.#key(), { at })),
      () => room.add(version(room, this.#key(), { at, author: ANN })),
      async () => vi.setSystemTime(Date.now() + 1_000 * this.#one([1, 20, 700])),
      () => this.#withOne(ANN, id => room.delete(id)),
      () => this.#withOne(this.#below(2) === 0 ? ANN : BOB, id => room.moderation.purge(id)),
      () => room.moderation.mute(this.#one([ANN, BOB]).publicKey),
      () => room.moderation.unmute(this.#one([ANN, BOB]).publicKey),
    ]
    await this.#one(deeds)()
  }

  /** Compare what is known with what the store says. */
  async check(): Promise<void> {
    const { desk, versions } = this.#places.inside
    for (const key of 'abc') {
      const found = headsOf(await versions(key))
      const known = ownHeadsOf(desk)?.get(`places/${key}`)
      if (known === undefined) continue
      this.known += 1
      expect(found.map(factsOf)).toEqual([factsOf(known)])
    }
  }

  async #commit(): Promise<void> {
    const batch = await this.#room.batch()
    await batch.put(this.#places, this.#key(), 1)
    await batch.commit({ atomic: this.#below(2) === 0 })
  }

  async #withOne(author: SecretKey, act: (id: RecordId) => Promise<unknown>): Promise<void> {
    const members = await this.#room.members({ authors: author.publicKey, kinds: KIND_KEYED })
    const one = members[this.#below(members.length)]
    if (one !== undefined) await act(one.id)
  }

  #key(): string {
    return this.#one([...'abc'])
  }

  #below(count: number): number {
    return this.#rng.uint32() % Math.max(count, 1)
  }

  #one<Each>(all: readonly Each[]): Each {
    return all[this.#below(all.length)] as Each
  }
}

/** Whether it was purged is asked of the store, where that matters. */
function factsOf({ id, stamp }: Version) {
  return { id, stamp }
}
