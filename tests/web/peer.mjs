// The page under test: one room of our TypeScript peer, driven from outside (see tests/interop/browser.mjs).
// Everything that happens in the room is told, as {"event": its type, ...}; of a record, what a test may ask for.
import { bunkerSigner, join } from '../../web/src/index.ts'

const told = { uncaught: message => window.tell({ console: `uncaught: ${message}` }) }
window.addEventListener('error', ({ message }) => told.uncaught(message))
window.addEventListener('unhandledrejection', ({ reason }) => told.uncaught(`refused promise: ${reason}`))

let room = null
let aheadSeconds = 0

// Both clocks of the room, as far ahead of the system's as the test says.
const now = () => ({
  monotonic: performance.now() / 1_000 + aheadSeconds,
  unix: Math.floor(Date.now() / 1_000) + aheadSeconds,
})

const brief = ({ id, author, content, kind, createdAt }) => ({ id, author, content, kind, createdAt })
const tell = ({ type, ...fields }) => {
  if ('record' in fields) fields.record = brief(fields.record)
  window.tell({ event: type, ...fields })
}

const commands = {
  async join({ room: name, ahead = 0, bunker, ...options }) {
    if (bunker) options.key = await bunkerSigner(bunker)
    aheadSeconds = ahead
    room = await join(name, { iceServers: [], ...options, now, onEvent: tell })
    return { peer: room.peerId, key: room.key }
  },

  async leave() {
    await room.leave()
  },

  async publish({ content, ...publication }) {
    return brief(await room.publish(content, publication))
  },

  async delete({ id }) {
    return brief(await room.delete(id))
  },

  async records() {
    return (await room.records()).map(brief)
  },

  /** Write a file of *size* bytes, all of which are *byte*, and give its root. */
  async putFile({ path, size, byte }) {
    const files = await room.files('site', { shared: true })
    return (await files.put(path, new Uint8Array(size).fill(byte))).blob?.root ?? null
  },

  /** Wait for a file, and give its length and the different bytes that it has. */
  async getFile({ path }) {
    const files = await room.files('site', { shared: true })
    while (!(await files.exists(path))) await new Promise(done => setTimeout(done, 50))
    const bytes = await files.get(path)
    return { size: bytes.length, bytes: [...new Set(bytes)] }
  },

  /** Write a document that all may replace. */
  async put({ collection, key, value }) {
    return brief((await (await room.collection(collection, { shared: true })).put(key, value)).record)
  },

  /** Give the values of documents that all may replace, by their keys. */
  async find({ collection }) {
    const { docs } = await (await room.collection(collection, { shared: true })).find()
    return Object.fromEntries(docs.map(({ key, value }) => [key, value]))
  },

  async members() {
    return (await room.members()).map(brief)
  },

  status() {
    const { count, root, peers, signaling } = room
    return { count, root, peers, signaling }
  },

  // Let the clocks of the room jump.
  advance({ seconds }) {
    aheadSeconds += seconds
  },

  // Wait until the room holds so many records.
  async hold({ count }) {
    if (room.count === count) return
    await new Promise(resolve => {
      const stop = room.on(() => {
        if (room.count !== count) return
        stop()
        resolve()
      })
    })
  },

  // Be told that the page may be closed, as by a link to a download, and stay.
  stay() {
    window.dispatchEvent(new Event('beforeunload', { cancelable: true }))
  },

  // Wait until the room stands so with a place to meet; places have no events.
  async place({ url, state }) {
    while (room.signaling.find(({ place }) => place === url)?.state !== state) {
      await new Promise(resolve => requestAnimationFrame(resolve))
    }
  },

  // Make a database, as another version of this program would have.
  async occupy({ name, version }) {
    await new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version)
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
    })
  },
}

window.commands = commands
