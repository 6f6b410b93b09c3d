/** A bot without a browser: it answers who greets it, and keeps what it heard. Run: node bot.mjs [signaling …] */

import { join } from 'peerset/node'

const { argv, env } = process
const signaling = argv.length > 2 ? argv.slice(2) : undefined
const room = await join('lobby', { app: 'peerset-examples', signaling, store: env.STORE ?? 'sqlite:bot.db' })
console.log(`${room.count} records are here; ctrl-c ends it`)

process.once('SIGINT', () => room.leave())

for await (const { author, content } of room.subscribe({ collection: 'chat' })) {
  if (author === room.key || !String(content).startsWith('hello')) continue
  await room.publish(`hello, ${author.slice(0, 8)}`, { collection: 'chat' })
}
