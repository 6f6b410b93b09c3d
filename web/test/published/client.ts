/** What a page's own code looks like to the compiler: checked under the strictest flags, against sources and package. */

import {
  type AnyId,
  type AnyTime,
  admission,
  ConfigError,
  type Cursor,
  cursorOf,
  extensionSigner,
  type JoinOptions,
  join,
  type Lagged,
  type Query,
  type Record,
  type RecordAdded,
  type Room,
  type Subscription,
} from 'peerset'
import { PeersetDashboard, type PeersetElements, PeersetRoom, type RoomEventDetails } from 'peerset/element'

/** What is read from an address or a form is there, or not. */
interface Maybe {
  readonly app: string | undefined
  readonly signaling: string[] | undefined
  readonly password: string | undefined
  readonly retention: string | undefined
  readonly turn: RTCIceServer[] | undefined
  readonly listener: ((event: { readonly type: string }) => void) | undefined
  readonly collection: string | undefined
  readonly since: AnyTime | undefined
  readonly limit: number | undefined
  readonly seconds: number | undefined
}

/** Where such code puts what it hears. */
export const told: unknown[] = []

function tell(...words: readonly unknown[]): void {
  told.push(...words)
}

/** Joins with what may be missing, and asks for what may be. */
export async function visit(maybe: Maybe): Promise<Room> {
  const { app, signaling, password, retention, turn } = maybe
  const options: JoinOptions = {
    app,
    signaling,
    password,
    retention,
    turn,
    onEvent: maybe.listener,
    policies: undefined,
  }
  const room: Room = await join('lobby', { ...options, relayOnly: undefined, store: undefined, key: undefined })
  const query: Query = { collection: maybe.collection, since: maybe.since, limit: maybe.limit, ids: undefined }
  const page: Record[] = await room.records({ ...query, kinds: 1078, authors: room.key, tags: { t: 'greeting' } })
  const place: Cursor | undefined = page[0] === undefined ? undefined : cursorOf(page[0])
  await room.records({ after: place, until: new Date() })
  await room.publish({ text: 'hello' }, { collection: maybe.collection, tags: { t: ['a', 'b'] }, kind: undefined })
  await room.synced({ timeoutSeconds: maybe.seconds })
  const ids: readonly AnyId[] = [...page, 'abcd']
  for (const id of ids) await room.get(id)
  await room.moderation.ban(room.key, { seconds: 60, reason: undefined })
  return room
}

/** Policies inline, one or several. */
export const strict = join('lobby', {
  policies: admission('short', { version: 1, parameters: undefined }, record =>
    record.content.length > 500 ? `${record.content.length} characters` : null,
  ),
  signaling: 'wss://tracker.example',
})

/** Events by their types. */
export async function follow(room: Room): Promise<void> {
  const stop: () => void = room.subscribe({ collection: 'chat' }, record => tell(record.content))
  for await (const event of room.events('RecordAdded', 'PeerJoined')) {
    if (event.type === 'RecordAdded') tell(event.record.content)
    else if (event.type === 'PeerJoined') tell(event.key)
    else tell(event.count)
  }
  const added: AsyncIterable<RecordAdded | Lagged> = room.events('RecordAdded')
  // @ts-expect-error there is no such event
  room.events('RecordAddition')
  const stream: Subscription = room.subscribe()
  for await (const each of stream) tell(each.content.length, stream.lost, added, new ConfigError('x').message)
  stop()
}

/** Elements, and what they tell. */
export async function show(element: PeersetRoom = document.createElement('peerset-room')): Promise<void> {
  const record: Record = await element.publish({ text: 'hello' }, { collection: 'chat' })
  element.addEventListener('peerset-record', event => tell(event.detail.record.id === record.id))
  element.addEventListener('peerset-error', event => tell(event.detail.message, event.detail.attribute))
  element.addEventListener('peerset-peer', event => tell(event.detail.peer))
  // @ts-expect-error the details of events are typed
  element.addEventListener('peerset-record', event => tell(event.detail.nothing))
  element.signaling = ['wss://tracker.example']
  await element.records({ limit: 3 })
}

export type Detail = RoomEventDetails['peerset-error']
export const dashboard: PeersetDashboard = document.createElement('peerset-dashboard')
export const elements: readonly unknown[] = [PeersetRoom, PeersetDashboard, extensionSigner]
export const inJsx: PeersetElements['peerset-room'] = {
  room: 'lobby',
  signaling: 'wss://tracker.example',
  defer: true,
  collection: undefined,
  'onpeerset-record': event => tell(event.detail.record.content),
}
