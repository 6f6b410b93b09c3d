/** Join a room from Node: by WebRTC and web sockets of packages, with a file as store. */

import type { Reach } from '../adapters/reach.ts'
import type { StoreSpec } from '../adapters/storage.ts'
import { isBunkerAddress } from '../identity/given.ts'
import type { Store } from '../ports.ts'
import { type JoinOptions, join as joinAnywhere } from '../room/joining.ts'
import type { Room } from '../room/room.ts'
import { installed } from './installed.ts'
import { openSQLite } from './opening.ts'

const SQLITE = 'sqlite:'

/** How to join a room from Node; every field has a default. */
export interface NodeJoinOptions extends Omit<JoinOptions, 'store'> {
  /** Where records rest: "memory" (the default), a file as "sqlite:lobby.db", or a store of your own. */
  readonly store?: StoreSpec | `sqlite:${string}` | undefined
}

/**
 * Join *room*, as `join` of `peerset` does.
 *
 * Refused as that is, and with a ConfigError when a package is not installed; without a network none is needed.
 */
export async function join(room: string, given: NodeJoinOptions = {}): Promise<Room> {
  const { store = 'memory', ...options } = given
  const isFile = typeof store === 'string' && store.startsWith(SQLITE)
  const hasNetwork = options.transport === undefined && options.signaling?.length !== 0
  const classes = hasNetwork ? await classesFor(options) : await socketsFor(options)
  const opened = isFile ? await openSQLite(store.slice(SQLITE.length)) : (store as StoreSpec)
  try {
    return await joinAnywhere(room, { ...options, ...classes, store: opened })
  } catch (error) {
    if (isFile) await (opened as Store).close()
    throw error
  }
}

/** Give the class by which a signer elsewhere is reached, where one is. */
async function socketsFor({ key, WebSocket }: NodeJoinOptions): Promise<Pick<Reach, 'WebSocket'>> {
  return isBunkerAddress(key) ? { WebSocket: WebSocket ?? (await socketClass()) } : {}
}

/** Give the class of web sockets: Node's own, or that of ws. */
export async function socketClass(): Promise<NonNullable<Reach['WebSocket']>> {
  return globalThis.WebSocket ?? (await installed('ws', import('ws'))).WebSocket
}

/** Give the classes by which peers are reached: those that were given, Node's own, or those of packages. */
async function classesFor({ rtc, WebSocket }: Reach): Promise<Pick<Reach, 'rtc' | 'WebSocket'>> {
  return {
    rtc: rtc ?? (await installed('node-datachannel', import('node-datachannel/polyfill'))),
    WebSocket: WebSocket ?? (await socketClass()),
  }
}
