// What the tests of bittorrent-tracker's client ask of a tracker, with that client and unchanged but for its offers: as
// there, none is made, so that nothing waits for WebRTC. Argument: the tracker's address.
// Prints one JSON object: what each case brought, by its name.
import Client from 'bittorrent-tracker/client'
import { once } from 'node:events'

const [url] = process.argv.slice(2)
const httpUrl = url.replace('ws:', 'http:')
let made = 0

// Of bytes that are ASCII: what comes over HTTP, the client takes for text.
const hash = () => (++made).toString(16).padStart(40, '6')

function makeClient(options = {}) {
  const client = new Client({ announce: url, infoHash: hash(), peerId: hash(), port: 6881, wrtc: {}, ...options })
  client.heard = []
  for (const event of ['error', 'warning', 'peer']) client.on(event, what => client.heard.push(what.message ?? event))
  for (const tracker of client._trackers) {
    tracker._generateOffers = (count, use) =>
      queueMicrotask(() => use(Array.from({ length: count }, (_, number) => ({ fake_offer: `${number}` }))))
  }
  return client
}

const next = async (client, event) => (await once(client, event))[0]
const destroy = client => new Promise(resolve => client.destroy(resolve))
const told = ({ announce, complete, incomplete }) => ({ announce, complete, incomplete })
const scraped = ({ announce, infoHash, complete, incomplete, downloaded }) => ({ announce, infoHash, complete, incomplete, downloaded })
const scrape = options =>
  new Promise((resolve, reject) => Client.scrape(options, (error, data) => (error ? reject(error) : resolve(data))))

async function announces(client, options) {
  const updates = []
  for (const act of ['start', 'update', 'complete', 'stop']) {
    const update = next(client, 'update')
    client[act](options)
    updates.push(told(await update))
  }
  await destroy(client)
  return { updates, heard: client.heard }
}

const cases = {
  'start, update, complete, stop': () => announces(makeClient()),

  'ids as bytes': () => announces(makeClient({ infoHash: new Uint8Array(20).fill(0xec), peerId: new Uint8Array(20).fill(1) })),

  'a large torrent': () =>
    announces(makeClient({ getAnnounceOpts: () => ({ uploaded: 2 ** 50, downloaded: 2 ** 45, left: 2 ** 52 }) })),

  'parameters of the application': () => announces(makeClient({ getAnnounceOpts: () => ({ testParam: 'a' }) }), { other: [1] }),

  async 'the interval'() {
    const client = makeClient()
    const first = next(client, 'update')
    client.start()
    await first
    client.setInterval(50)
    const update = told(await next(client, 'update'))
    await destroy(client)
    return { update, heard: client.heard }
  },

  async 'a scrape'() {
    const client = makeClient()
    client.start()
    await next(client, 'update')
    client.scrape()
    const found = scraped(await next(client, 'scrape'))
    await destroy(client)
    return { found: { ...found, infoHash: found.infoHash === client.infoHash }, heard: client.heard }
  },

  async 'a scrape of several'() {
    const infoHash = [hash(), hash()]
    const [overWebsocket, overHttp] = [
      await scrape({ announce: url, infoHash, wrtc: {} }),
      await scrape({ announce: `${httpUrl}/announce`, infoHash }),
    ]
    return [overWebsocket, overHttp].map(found => infoHash.map(each => scraped(found[each]).incomplete))
  },

  async 'a scrape over HTTP'() {
    const client = makeClient()
    client.start()
    await next(client, 'update')
    const found = scraped(await scrape({ announce: `${httpUrl}/announce`, infoHash: client.infoHash }))
    await destroy(client)
    return { ...found, announce: found.announce === `${httpUrl}/announce`, infoHash: found.infoHash === client.infoHash }
  },

  async 'destroyed at once'() {
    const client = makeClient()
    let updates = 0
    client.on('update', () => updates++)
    client.update()
    await destroy(client)
    // As long as another one takes for all it does.
    await announces(makeClient())
    return { updates, heard: client.heard }
  },

  async 'a socket for two'() {
    const [first, second] = [makeClient(), makeClient()]
    for (const client of [first, second]) {
      const update = next(client, 'update')
      client.start()
      await update
    }
    const isShared = first._trackers[0].socket === second._trackers[0].socket
    await destroy(first)
    const update = next(second, 'update')
    second.update()
    await update
    await destroy(second)
    return { isShared, heard: [...first.heard, ...second.heard] }
  },

  // What the client is refused it is told, and it goes on with the socket that it has.
  async 'a refusal'() {
    const client = makeClient()
    const first = next(client, 'update')
    client.start()
    await first
    const { socket } = client._trackers[0]
    const warning = next(client, 'warning')
    client._trackers[0].announce({ event: 'exploded', numwant: 0 })
    const { message } = await warning
    const update = next(client, 'update')
    client.update()
    await update
    const isKept = client._trackers[0].socket === socket
    await destroy(client)
    return { message, isKept }
  },
}

const results = {}
for (const [name, run] of Object.entries(cases)) results[name] = await run()
console.log(JSON.stringify(results))
process.exit(0)
