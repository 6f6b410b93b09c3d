// A client of nostr-tools that has something signed by the bunker on its command line; says how that went, as JSON.

import { generateSecretKey, verifyEvent } from 'nostr-tools/pure'
import { WebSocket } from 'ws'

// Node.js 20 has none of its own, and what signs takes the one that is there when it is loaded.
globalThis.WebSocket = WebSocket
const { BunkerSigner, parseBunkerInput } = await import('nostr-tools/nip46')
const [address, tag] = process.argv.slice(2)
const signer = BunkerSigner.fromBunker(generateSecretKey(), await parseBunkerInput(address), { skipSwitchRelays: true })
await signer.connect()
const draft = { kind: 1078, created_at: Math.floor(Date.now() / 1000), tags: [['h', tag]], content: '"hello"\n' }
const event = await signer.signEvent(draft)
const refused = await signer.signEvent({ ...draft, kind: 1 }).catch(error => String(error))
await signer.ping()
console.log(JSON.stringify({ key: await signer.getPublicKey(), event, isValid: verifyEvent(event), refused }))
process.exit(0)
