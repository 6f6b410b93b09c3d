/**
 * The page of `element.test.ts`, and of the screenshots: rooms whose peers are in this page too, in a swarm in memory.
 *
 * `#theme=dark` and `#theme=light` choose how it looks.
 */

import '../../src/elements/room/element.ts'
import '../../src/elements/share/element.ts'
import { MemoryStore } from '../../src/adapters/memory.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { eventOf, KIND_RECORD, type Record, signRecord } from '../../src/core/record.ts'
import { roomTag } from '../../src/core/signal.ts'
import type { PeersetRoom } from '../../src/elements/room/element.ts'
import type { UnsignedEvent } from '../../src/identity/signers.ts'
import { admission } from '../../src/policies/function.ts'
import { writers } from '../../src/policies/shipped.ts'

import type { Policy, Store } from '../../src/ports.ts'
import { join } from '../../src/room/joining.ts'
import type { Room } from '../../src/room/room.ts'
import { MemorySwarm } from '../swarm.ts'

const NAME = { app: 'peerset', room: 'lobby' }

const OWNER = 49
const VISITOR = 50

const swarm = new MemorySwarm()
const friends: Room[] = []
const heard: { readonly name: string; readonly detail: unknown }[] = []
let dropped: WeakRef<PeersetRoom> | null = null
let element: PeersetRoom = document.createElement('peerset-room')

for (const name of ['record', 'rejected', 'peer', 'sync', 'error'].map(word => `peerset-${word}`)) {
  document.addEventListener(name, event => heard.push({ name, detail: (event as CustomEvent).detail }))
}

function keyOf(number: number): SecretKey {
  return new SecretKey(new Uint8Array(32).fill(number))
}

function written(content: string, { by = 40, secondsAgo = 0 }: { by?: number; secondsAgo?: number } = {}): Record {
  const createdAt = (Math.floor(Date.now() / 1_000) - secondsAgo) as UnixTime
  return signRecord(keyOf(by), { createdAt, kind: KIND_RECORD, tags: [['h', roomTag(NAME)]], content })
}

const commands = {
  /** Put an element with *attributes* into the page, its peers in memory unless *isReal*. */
  async show({
    attributes,
    markup = '',
    isReal = false,
    refusing,
    hiding,
    isForeign = false,
    asked = {},
    limits,
  }: Showing): Promise<void> {
    element = document.createElement('peerset-room')
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
    if (!isReal) element.options = { transport: swarm.transport(), store: 'memory' }
    if (isForeign) element.options = { ...element.options, store: await storeOfAnotherRoom() }
    if (limits !== undefined) element.options = { ...element.options, files: limits }
    if (refusing !== undefined) element.policies = [tasteAgainst(refusing)]
    if (hiding !== undefined)
      element.policies = [({ content }) => (content.toLowerCase().includes(hiding) ? 'it advertises' : null)]
    Object.assign(element, asked)
    element.innerHTML = markup
    document.body.append(element)
    await element.updateComplete
  },

  /** Put another element beside the one that is shown, joined as that one is but for *attributes* and a *key*. */
  async pair({ attributes = {}, key, asked = {} }: Pairing): Promise<void> {
    const { options, policies } = element
    const other = element.cloneNode(true) as PeersetRoom
    for (const [name, value] of Object.entries(attributes)) other.setAttribute(name, value)
    Object.assign(other, asked, { policies, options: key === undefined ? options : { ...options, key: keyOf(key) } })
    element.after(other)
    await other.updateComplete
  },

  /** Take the element out of the page, and let go of it. */
  drop(): void {
    dropped = new WeakRef(element)
    element.remove()
    element = document.createElement('peerset-room')
    document.body.replaceChildren()
  },

  /** Say whether the element that was dropped is in memory still. */
  isHeld(): boolean {
    return dropped?.deref() !== undefined
  },

  /** Have *count* friends join the room of the page. */
  async befriend(count: number): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      friends.push(
        await join('lobby', { key: keyOf(friends.length + 1), transport: swarm.transport(), store: 'memory' }),
      )
    }
  },

  /** Have a friend join the room of the page who seals what it writes. */
  async confide(seal: string): Promise<void> {
    const options = { transport: swarm.transport(), store: 'memory' } as const
    friends.push(await join('lobby', { ...options, key: keyOf(friends.length + 1), seal }))
  },

  /** Have a friend join the room of the page who has files. */
  async keepFiles(): Promise<void> {
    const options = { transport: swarm.transport(), store: 'memory', files: {} } as const
    friends.push(await join('lobby', { ...options, key: keyOf(friends.length + 1) }))
  },

  /** Have the last friend put a file of *size* bytes, or a picture, into the files of the room. */
  async theyPutFile({ path, type, size }: { path: string; type: string; size?: number }): Promise<void> {
    const bytes = size === undefined ? await pixel() : new Uint8Array(size)
    await (await friends.at(-1)?.files('files'))?.put(path, bytes, { type })
  },

  /** Have the last friend put a picture of the sea under *path*. */
  async theyPaint(path: string): Promise<void> {
    const canvas = new OffscreenCanvas(480, 200)
    const context = canvas.getContext('2d')
    if (context === null) return
    for (const [top, height, colours] of SEA) {
      const gradient = context.createLinearGradient(0, top, 0, top + height)
      for (const [at, colour] of colours.entries()) gradient.addColorStop(at, colour)
      context.fillStyle = gradient
      context.fillRect(0, top, 480, height)
    }
    context.fillStyle = '#fdf3d8'
    context.arc(340, 78, 26, 0, 2 * Math.PI)
    context.fill()
    await (await friends.at(-1)?.files('files'))?.put(path, await canvas.convertToBlob(), { type: 'image/png' })
  },

  /** Drop files on the element. */
  dropFiles(given: readonly { name: string; size: number }[]): void {
    const dataTransfer = new DataTransfer()
    for (const { name, size } of given) dataTransfer.items.add(new File([new Uint8Array(size)], name))
    element.dispatchEvent(new DragEvent('dragover', { dataTransfer, cancelable: true }))
    element.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }))
  },

  /** Have a friend join who owns the room of the page: who writes in it needs a grant. */
  async own(): Promise<void> {
    const options = { transport: swarm.transport(), store: 'memory' } as const
    friends.push(await join('lobby', { ...options, key: keyOf(OWNER), policies: [await ownership()] }))
  },

  /** Put an element into the page whose visitor, of key 50, may write by a grant alone; the grants are the page's own. */
  async enter(grants: readonly string[]): Promise<void> {
    element = document.createElement('peerset-room')
    Object.assign(element, { room: 'lobby', policies: [await ownership()] })
    element.options = {
      transport: swarm.transport(),
      store: 'memory',
      key: keyOf(VISITOR),
      ...(grants.length > 0 && { grants }),
    }
    document.body.append(element)
    await element.updateComplete
  },

  /** Put an element into the page that follows codes for devices, whose visitor owns the room or writes there by a grant alone. */
  async link({ signaling, isOwner }: { signaling: string; isOwner: boolean }): Promise<void> {
    element = document.createElement('peerset-room')
    Object.assign(element, { room: 'lobby', signaling, iceServers: [], fromHash: true, store: 'memory' })
    Object.assign(element, { policies: [await ownership()], options: isOwner ? { key: keyOf(OWNER) } : {} })
    document.body.append(element)
    await element.updateComplete
  },

  /** Give a grant of the owner for so many *seconds*, to the visitor unless *writer* is another. */
  async grant({ seconds, writer = VISITOR }: { seconds: number; writer?: number }): Promise<string> {
    return (await friends.at(-1)?.grant(keyOf(writer).publicKey, { days: seconds / 86_400 })) ?? ''
  },

  /** Have the element join by an invitation of the owner that carries *grants*. */
  async invite(grants: readonly string[]): Promise<void> {
    element.room = null
    element.src = (await friends.at(-1)?.invitation({ grants })) ?? ''
  },

  /** Have friend *number* publish *content*. */
  async say({ number, content }: { number: number; content: string }): Promise<void> {
    await friends[number]?.publish(content)
  },

  /** Have the first friend bring in *count* records, a second apart, the last one now. */
  async bring(count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, place) =>
      written(`record ${place + 1}`, { by: 40 + (place % 5), secondsAgo: count - 1 - place }),
    )
    await friends[0]?.add(records)
  },

  /** Have the first friend bring in records with these contents, *secondsAgo*. */
  async bringThese(given: readonly { content: string; by?: number; secondsAgo?: number }[]): Promise<void> {
    await friends[0]?.add(given.map(({ content, ...about }) => written(content, about)))
  },

  /** Ask the element that is shown for other documents. */
  ask(asked: Asked): void {
    Object.assign(element, asked)
  },

  /** Put a document of the visitor under *key*, through the element. */
  async put({ key, value }: { key: string; value: Value }): Promise<void> {
    await (await element.documents()).put(key, value)
  },

  /** Have the first friend put a document into the collection *name*. */
  async theyPut({
    name,
    key,
    value,
    shared = false,
  }: {
    name: string
    key: string
    value: { [name: string]: string | number }
    shared?: boolean
  }): Promise<void> {
    const [friend] = friends
    if (friend !== undefined) await (await friend.collection(name, { shared })).put(key, value)
  },

  /** Publish through the element itself, and give who is said to have written it. */
  async publish(content: string): Promise<string> {
    return (await element.publish(content)).author
  },

  /** Put an extension into the page (NIP-07) that signs with the key 77. */
  extend(): string {
    const key = keyOf(77)
    const nostr = {
      getPublicKey: async () => key.publicKey,
      signEvent: async ({ created_at, ...rest }: UnsignedEvent) =>
        eventOf(signRecord(key, { createdAt: created_at as UnixTime, ...rest })),
    }
    Object.assign(globalThis, { nostr })
    return key.publicKey
  },

  /** Give what was heard at the document, by the names of the events. */
  heard(name: string): unknown[] {
    return heard.filter(event => event.name === name).map(({ detail }) => JSON.parse(JSON.stringify(detail)))
  },
}

/** Sky and water: from where, how high, and from which colour to which. */
const SEA: readonly (readonly [number, number, readonly string[]])[] = [
  [0, 120, ['#e9a27a', '#f7d9b0']],
  [120, 80, ['#6f8fa8', '#2d4a63']],
]

/** A picture, 7 pixels wide. */
async function pixel(): Promise<Blob> {
  const canvas = new OffscreenCanvas(7, 5)
  canvas.getContext('2d')?.fillRect(0, 0, 7, 5)
  return await canvas.convertToBlob()
}

/** The value of a document. */
interface Value {
  readonly [name: string]: string | number | Value
}

/** Which documents an element asks for. */
export type Asked = {
  -readonly [name in 'schema' | 'where' | 'order' | 'limit' | 'search' | 'shared' | 'seal']?: PeersetRoom[name]
}

/** What to put into the page. */
interface Showing {
  readonly attributes: { readonly [name: string]: string }
  readonly asked?: Asked
  readonly markup?: string
  readonly isReal?: boolean
  /** How much its files may take. */
  readonly limits?: { readonly blob: string }
  /** A word that a policy of the element does not admit. */
  readonly refusing?: string
  /** A word that a policy of the element hides. */
  readonly hiding?: string
  /** Its store belongs to another room. */
  readonly isForeign?: boolean
}

/** What is another at the second element. */
interface Pairing {
  readonly attributes?: { readonly [name: string]: string }
  /** The number of the key that the page gives it. */
  readonly key?: number
  readonly asked?: Asked
}

async function storeOfAnotherRoom(): Promise<Store> {
  const store = new MemoryStore()
  await store.bind(roomTag({ app: 'peerset', room: 'another' }))
  return store
}

async function ownership(): Promise<Policy> {
  return await writers({ owners: keyOf(OWNER).publicKey })
}

function tasteAgainst(word: string): Policy {
  return admission('taste', { version: 1 }, ({ content }) => (content.includes(word) ? `it says ${word}` : null))
}

const theme = new URLSearchParams(location.hash.slice(1)).get('theme')
if (theme !== null) document.documentElement.style.colorScheme = theme
document.body.style.margin = '0'
Object.assign(globalThis, { commands, peers: friends, element: () => element })

export type Commands = typeof commands
