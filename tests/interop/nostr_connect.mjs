// A client of nostr-tools that waits on the relay of its command line for a signer to come, and has something signed; says
// how it is reached first, and then how that went, as JSON.

import { generateSecretKey, getPublicKey, verifyEvent } from 'nostr-tools/pure'
import { WebSocket } from 'ws'

// Node.js 20 has none of its own, and what signs takes the one that is there when it is loaded.
globalThis.WebSocket = WebSocket
const { BunkerSigner, createNostrConnectURI } = await import('nostr-tools/nip46')
const [relay, tag] = process.argv.slice(2)
const key = generateSecretKey()
const invitation = createNostrConnectURI({
  clientPubkey: getPublicKey(key),
  relays: [relay],
  secret: 'hush',
  perms: ['sign_event:1078'],
  name: 'a client of nostr-tools',
})
console.log(JSON.stringify({ invitation }))
const signer = await BunkerSigner.fromURI(key, invitation, { skipSwitchRelays: true })
const draft = { kind: 1078, created_at: Math.floor(Date.now() / 1000), tags: [['h', tag]], content: '"hello"\n' }
const event = await signer.signEvent(draft)
const refused = await signer.signEvent({ ...draft, kind: 1 }).catch(error => String(error))
console.log(JSON.stringify({ key: await signer.getPublicKey(), event, isValid: verifyEvent(event), refused }))
process.exit(0)
