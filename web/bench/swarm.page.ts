/** The page of `swarm.ts`: a member of a room that is being measured, and bare Trystero beside it. */

import { joinRoom } from '@trystero-p2p/torrent'
import { loadEngine, NOBLE } from '../src/adapters/engine.ts'
import { Verifier } from '../src/adapters/verifier.ts'
import { PeersetRoom } from '../src/elements/room/element.ts'
import { join, type Record, type Room } from '../src/index.ts'
import { LongTasks } from './longtasks.ts'
import { measureEngines } from './measures.ts'
import { sealCommands } from './seal.ts'
import { soloCommands } from './solo.ts'

/** Where to meet. */
interface Place {
  readonly app: string
  readonly room: string
  readonly relay: string
}

/** How one transfer went. */
interface Gathered {
  /** From the session, or the first contact, to the end. */
  readonly milliseconds: number
  /** The longest task of the main thread; 0 when none reached 50 ms. */
  readonly longestTask: number
  readonly longTasks: number
}

const OTHER_RECORDS = 'as many records, but other ones'
const BARE_ACTION = 'bare'
const BARE_BYTES = 60_000

const tasks = new LongTasks()
let joined: Room | null = null

const commands = {
  /** Join, and wait until *count* records are here with the root *root*. */
  async gather({ app, room, relay, count, root }: Place & { count: number; root: string }): Promise<Gathered> {
    tasks.reset()
    let start = 0
    joined = await join(room, {
      app,
      signaling: [relay],
      iceServers: [],
      onEvent: event => {
        if (event.type === 'PeerJoined') start = performance.now()
      },
    })
    await has(joined, count)
    if (joined.root !== root) throw new Error(OTHER_RECORDS)
    return report(performance.now() - start)
  },

  /** The same with an element that shows the room. */
  async show({ app, room, relay, count, root }: Place & { count: number; root: string }): Promise<Gathered> {
    tasks.reset()
    const element = new PeersetRoom()
    const attributes = { app, room, signaling: relay, 'ice-servers': '[]' }
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
    document.body.append(element)
    await element.records({ limit: 1 })
    if (element.peer === null) throw new Error('the element is in no room')
    let start = 0
    element.peer.on(event => {
      if (event.type === 'PeerJoined') start = performance.now()
    })
    await has(element.peer, count)
    if (element.peer.root !== root) throw new Error(OTHER_RECORDS)
    return report(performance.now() - start)
  },

  /** Say how long the main thread was held since the last call, or since it began to gather. */
  async tasks(): Promise<Gathered> {
    return report(0)
  },

  /** The signatures a second that the workers check, doing nothing else, and with what; after `gather`. */
  async verify(): Promise<{ count: number; perSecond: number; engine: string | null }> {
    const records: Record[] = (await joined?.members()) ?? []
    const verifier = new Verifier()
    await verifier.verify(records.slice(0, 256))
    const start = performance.now()
    await verifier.verify(records)
    const seconds = (performance.now() - start) / 1_000
    verifier.close()
    return { count: records.length, perSecond: records.length / seconds, engine: verifier.engine }
  },

  /** The signatures a second that each engine checks, on this thread. */
  async engines(): Promise<{ [name: string]: number }> {
    return measureEngines([NOBLE, await loadEngine('secp256k1.wasm')])
  },

  /** Join as an application of bare Trystero, and take *bytes* in its action. */
  take({ app, room, relay, bytes }: Place & { bytes: number }): Promise<Gathered> {
    const bare = joinBare({ app, room, relay })
    let [start, taken] = [0, 0]
    bare.room.onPeerJoin = peer => {
      start = performance.now()
      // Both are in the room only now: whoever gives begins.
      void bare.action.send(new Uint8Array(1), { target: peer })
    }
    return new Promise(resolve => {
      bare.action.onMessage = data => {
        taken += data.length
        if (taken >= bytes) resolve(report(performance.now() - start))
      }
    })
  },

  /** Join as an application of bare Trystero, and send *bytes* to the first who asks. */
  async give({ app, room, relay, bytes }: Place & { bytes: number }): Promise<void> {
    const bare = joinBare({ app, room, relay })
    bare.action.onMessage = async (_, { peerId }) => {
      for (let left = bytes; left > 0; left -= BARE_BYTES) {
        await bare.action.send(new Uint8Array(Math.min(left, BARE_BYTES)), { target: peerId })
      }
    }
  },
}

/** Wait until *room* holds *count* records. */
function has(room: Room, count: number): Promise<void> {
  return new Promise(resolve => {
    const stop = room.on(event => {
      if (event.type !== 'RecordAdded' || room.count < count) return
      stop()
      resolve()
    })
  })
}

function joinBare({ app, room, relay }: Place) {
  const config = { appId: app, relayConfig: { urls: [relay] }, rtcConfig: { iceServers: [] } }
  const bare = joinRoom(config, room)
  return { room: bare, action: bare.makeAction<Uint8Array<ArrayBuffer>>(BARE_ACTION) }
}

function report(milliseconds: number): Gathered {
  const durations = tasks.take()
  return { milliseconds, longestTask: Math.max(0, ...durations), longTasks: durations.length }
}

Object.assign(globalThis, { commands: { ...sealCommands, ...soloCommands, ...commands } })
