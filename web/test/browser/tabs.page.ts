/** The page of `tabs.test.ts`: its commands, run one by one from outside. */

import { pinContent, pinTags } from '../../src/core/pin.ts'
import { KIND_PIN, KIND_RECORD, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import {
  type Collection,
  type Fold,
  join,
  type LiveQuery,
  type Room,
  type RoomEvent,
  SecretKey,
  type View,
} from '../../src/index.ts'
import { pins } from '../../src/policies/pinning.ts'
import { provide } from '../../src/room/provisions.ts'

/** Nobody listens there: tabs find each other without a tracker. */
const NOWHERE = 'ws://127.0.0.1:9'

let room: Room | null = null
const seen: string[] = []
const told: string[] = []

interface Task {
  readonly text: string
}

let tasks: Collection<Task> | null = null
let live: LiveQuery<Task> | null = null
let view: View | null = null
let fold: Fold<Task, string[]> | null = null

function joined(): Room {
  if (room === null) throw new Error('no room was joined')
  return room
}

interface Joining {
  readonly name: string
  readonly secret?: number
  readonly password?: string
  readonly relay?: string
  readonly store?: 'indexeddb' | 'memory'
  /** The room keeps records for an hour, and that author may pin. */
  readonly isBrief?: boolean
}

function keyOf(secret: number): SecretKey {
  return new SecretKey(new Uint8Array(32).fill(secret))
}

const commands = {
  /** Join the room *name*, which no tracker knows unless *relay* is one, perhaps as the author of a secret. */
  async join({ name, secret, password = '', relay = NOWHERE, store = 'indexeddb', isBrief }: Joining): Promise<string> {
    const key = secret === undefined ? {} : { key: keyOf(secret) }
    const onEvent = (event: RoomEvent) => told.push(event.type)
    const policies = isBrief ? [await pins({ allow: [keyOf(secret ?? 0).publicKey] })] : []
    const kept = isBrief ? { retention: '1h', policies } : {}
    room = await join(name, { signaling: [relay], store, password, ...key, ...kept, onEvent })
    room.subscribe({}, record => seen.push(record.content))
    return room.key
  },

  async publish(content: string): Promise<string> {
    return (await joined().publish(content)).id
  },

  async remove(id: string): Promise<void> {
    await joined().delete(id as never)
  },

  async pin(id: string): Promise<string> {
    return (await joined().pin(id)).id
  },

  async unpin(id: string): Promise<void> {
    await joined().unpin(id)
  },

  /** Give which pins there are, and what is read in the room but pins and deletions. */
  async pinned() {
    const found = await joined().pins()
    const said = (await joined().records({ kinds: KIND_RECORD })).map(({ content }) => content)
    return { pins: found.map(({ id }) => id), said }
  },

  /** Bring a pin by *secret*, 50 minutes old, of what another said an hour before; give the ids of both. */
  async bringPin({ secret, content }: { readonly secret: number; readonly content: string }) {
    const [now, h] = [Math.floor(Date.now() / 1_000), ['h', roomTag(joined().name)]]
    const sign = (key: SecretKey, age: number, kind: number, tags: readonly string[][], text: string) =>
      signRecord(key, { createdAt: (now - age) as never, kind, tags: [h, ...tags], content: text })
    const held = sign(keyOf(9), 6_600, KIND_RECORD, [], content)
    const pin = sign(keyOf(secret), 3_000, KIND_PIN, pinTags(held) as string[][], pinContent(held))
    await joined().add(pin)
    return { held: held.id, pin: pin.id }
  },

  /** Ask all that needs more code than a join. */
  async ask(beginning: string) {
    const { moderation } = joined()
    const found = (await joined().records({ ids: beginning })).map(({ content }) => content)
    await moderation.mute(joined().key)
    const why = (await moderation.explain(beginning))?.policy
    await moderation.purge(beginning)
    await joined().drop({ view: 'never', fold: 'never' })
    await moderation.ban('192.0.2.1', { seconds: 60 })
    const shells = (await joined().shells()).length
    return { found, why, shells, muted: moderation.muted().length, bans: moderation.bans().length }
  },

  /** Ask all of the collection that needs more code than declaring it. */
  async inquire() {
    if (tasks === null) throw new Error('no collection was declared')
    const texts = async () => (await tasks?.heads())?.map(({ value }) => value.text)
    const before = { at: Date.now() / 1_000 }
    const [row] = await tasks.aggregate({ n: 'count' })
    const earlier = (await tasks.find({}, before)).docs.length
    return { heads: await texts(), count: row?.n, earlier, index: (await tasks.explain({ text: 'a' })).index }
  },

  async mute(author: string): Promise<void> {
    await joined().moderation.mute(author)
  },

  /** Declare a collection, and follow it. */
  async declare(): Promise<void> {
    const schema = { type: 'object', properties: { text: { type: 'string' } } }
    tasks = await joined().collection<Task>('tasks', { schema, indexes: ['text'] })
    live = await tasks.live({ text: { prefix: 'do ' } }, { order: 'text' })
  },

  async put({ key, text }: { readonly key: string; readonly text: string }): Promise<void> {
    await tasks?.put(key, { text })
  },

  /** Write several at once, if none of them is there. */
  async putAll(texts: readonly string[]): Promise<readonly (string | null)[] | string> {
    const batch = await joined().batch()
    for (const text of texts) if (tasks !== null) await batch.put(tasks, text, { text }, { expected: null })
    return await batch.commit({ atomic: true }).then(
      docs => docs.map(({ key }) => key),
      error => error.name,
    )
  },

  /** Keep a view and a fold of the collection. */
  async keep(): Promise<void> {
    if (tasks === null) throw new Error('no collection was declared')
    view = await joined().view('texts', { collection: 'tasks' }, async (tx, { kind, record }) => {
      const { text } = JSON.parse(record.content) as Task
      const count = (await tx.get([text], 0)) + (kind === 'added' || kind === 'shown' ? 1 : -1)
      if (count === 0) tx.delete([text])
      else tx.put([text], count)
    })
    fold = await joined().fold(tasks, [] as string[], (state, { value }) => [...state, value.text], { name: 'texts' })
  },

  /** Forget all that was made of records. */
  async drop(): Promise<void> {
    await joined().drop({ collection: 'tasks', view: 'texts', fold: 'texts' })
  },

  /** Say why what was declared here ended. */
  async ended() {
    const why = async (what: { ready(): Promise<void> } | null) =>
      await what?.ready().then(
        () => null,
        error => `${error.name}: ${error.message}`,
      )
    return [await why(view), await why(fold), await why(tasks), joined().collections.length]
  },

  /** Say what the view and the fold hold. */
  async kept() {
    await view?.ready()
    await fold?.ready()
    return { view: await view?.range(), fold: fold?.state }
  },

  /** Read what changed since a cursor. */
  async changes(since: string | null) {
    let cursor = since
    const told: string[] = []
    for await (const change of joined().changes({ since, live: false })) {
      told.push(`${change.kind} ${change.record.content}`)
      cursor = change.cursor
    }
    return { cursor, told }
  },

  /** Say what the live query shows, and what is found. */
  async tasks() {
    const page = await tasks?.find({ text: { prefix: 'do ' } }, { order: 'text' })
    return { live: live?.docs.map(({ value }) => value.text), found: page?.docs.map(({ value }) => value.text) }
  },

  /** Wait until what a room and its collections load in the background is there. */
  async provided(): Promise<void> {
    await Promise.all([
      provide(),
      import('../../src/adapters/explaining.ts'),
      import('../../src/adapters/figures.ts'),
      import('../../src/adapters/lineage.ts'),
    ])
  },

  /** Say how the room looks from here. */
  async look() {
    const { count, root, peerId, peers, key } = joined()
    const records = (await joined().records()).map(({ content }) => content)
    const muted = joined().moderation.muted()
    return { count, root, peerId, peers: peers.length, key, records, seen, muted, told }
  },

  /** Do nothing until the visitor has answered. */
  async hang(): Promise<void> {
    globalThis.alert('the page hangs')
  },

  async leave(): Promise<void> {
    await joined().leave()
  },
}

Object.assign(globalThis, { commands })

export type Commands = typeof commands
