// A client of nostr-tools at the relay on its command line, in the room of that tag: writes, reads, follows, counts and
// proves a key; says how that went, as JSON.

import { finalizeEvent, getPublicKey, verifyEvent } from 'nostr-tools/pure'
import { useWebSocketImplementation } from 'nostr-tools/relay'
import { fetchRelayInformation } from 'nostr-tools/nip11'
import { Relay } from 'nostr-tools/relay'
import { WebSocket } from 'ws'

useWebSocketImplementation(WebSocket)
const [url, tag] = process.argv.slice(2)
const secret = Uint8Array.from({ length: 32 }, (_, at) => at + 1)
const now = () => Math.floor(Date.now() / 1000)
const draft = (content, kind = 1, tags = []) =>
  finalizeEvent({ kind, created_at: now(), tags: [['h', tag], ...tags], content }, secret)

const relay = await Relay.connect(url)
const notices = []
relay.onnotice = text => notices.push(text)
const mustProve = await relay.publish(draft('not yet')).catch(error => String(error))
await relay.auth(event => finalizeEvent(event, secret))

const followed = []
let first = () => {}
const came = new Promise(done => {
  first = done
})
const follow = relay.subscribe([{ kinds: [1] }], {
  onevent: event => {
    followed.push(event)
    if (followed.length === 2) first()
  },
})
const event = draft('hello from nostr-tools')
const taken = await relay.publish(event)
const again = await relay.publish(event)
const stray = finalizeEvent({ kind: 1, created_at: now(), tags: [], content: 'for nobody' }, secret)
const refused = await relay.publish(stray).catch(error => String(error))
// The other one is a member's.
await came
follow.close()
const stored = await new Promise(done => {
  const found = []
  const reading = relay.subscribe([{ kinds: [1], limit: 10 }], {
    onevent: event => found.push(event),
    oneose: () => {
      reading.close()
      done(found)
    },
  })
})
const count = await relay.count([{ kinds: [1] }], {})
const information = await fetchRelayInformation(url)
relay.close()
console.log(
  JSON.stringify({
    key: getPublicKey(secret),
    taken,
    again,
    mustProve,
    refused,
    followed: followed.map(event => event.content).sort(),
    stored: stored.map(event => event.content).sort(),
    areValid: stored.every(event => verifyEvent(event)),
    count,
    name: information.name,
    nips: information.supported_nips,
    notices,
  }),
)
process.exit(0)
