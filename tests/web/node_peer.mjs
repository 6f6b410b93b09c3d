// A room of our TypeScript peer in Node, as it is built, driven from outside by lines of JSON as pages are (see tests/interop/browser.mjs):
// in {"id", "command", "argument"}, out {"id", "value"} or {"id", "error"}, and {"event", ...} of what happens in the room.
// It leaves, and the process ends, when its standard input does.
import { createInterface } from 'node:readline'
import { join } from '../../web/dist/node.js'

const say = message => process.stdout.write(`${JSON.stringify(message)}\n`)
const brief = ({ id, author, content, kind, createdAt }) => ({ id, author, content, kind, createdAt })
const tell = ({ type, ...fields }) => {
  if ('record' in fields) fields.record = brief(fields.record)
  say({ event: type, ...fields })
}

let room = null

const commands = {
  open() {},

  async join({ room: name, ...options }) {
    room = await join(name, { iceServers: [], ...options, onEvent: tell })
    return { peer: room.peerId, key: room.key }
  },

  async leave() {
    await room.leave()
  },

  async publish({ content, ...publication }) {
    return brief(await room.publish(content, publication))
  },

  async records() {
    return (await room.records()).map(brief)
  },

  status() {
    const { count, root, peers, signaling } = room
    return { count, root, peers, signaling }
  },

  // Wait until the room holds so many records.
  async hold({ count }) {
    while (room.count !== count) {
      await new Promise(resolve => {
        const stop = room.on(() => {
          stop()
          resolve()
        })
        if (room.count === count) resolve()
      })
    }
  },
}

const lines = createInterface({ input: process.stdin })
lines.on('line', async line => {
  const { id, command, argument } = JSON.parse(line)
  try {
    say({ id, value: (await commands[command](argument)) ?? null })
  } catch (error) {
    say({ id, error: `${error.name}: ${error.message}` })
  }
})
lines.on('close', () => {
  let hasLeft = false
  room?.leave().then(() => {
    hasLeft = true
  })
  // Does not keep the process from its end: what does is told.
  setTimeout(() => say({ event: 'Alive', hasLeft, resources: process.getActiveResourcesInfo() }), 10_000).unref()
})
