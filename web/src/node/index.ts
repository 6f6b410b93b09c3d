/**
 * peerset in Node: what `peerset` exports, with a `join` that needs no browser.
 *
 *     import { join } from 'peerset/node'
 *     const room = await join('lobby', { store: 'sqlite:lobby.db' })
 *
 * WebRTC is that of the package node-datachannel, web sockets are Node's own or those of ws, and files are written by
 * node-sqlite3-wasm: install those that you use.
 */

export * from '../index.ts'
export { join, type NodeJoinOptions } from './joining.ts'
export { openSQLite } from './opening.ts'
export { bunkerSigner, invitedSigner, type NodeBunkerOptions, type NodeInvitedOptions } from './signing.ts'
