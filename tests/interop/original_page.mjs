// A page that says on its channels what the original app says (docs/bridge.md), by its version of Trystero. It is our own
// work: of the app's source only the facts are used.
import { getRelaySockets, joinRoom, selfId } from 'trystero-0.21.7/torrent'

const APP = 'peerset.DB'
const ROOM = 'sdfjow02039ru'
const REQUEST_RECORDS = 50
const REQUEST_MS = 100
const QUIET_MS = 2_000
const BUSY_MS = 120_000

const records = new Map()
const busy = new Map()
const wanted = new Map()
let tree
let say = {}

const digest = async text => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(bytes), byte => byte.toString(16).padStart(2, '0')).join('')
}

// Leaves in the order of their uuids, paired from the left; the odd one moves up as it is.
async function grow() {
  let nodes = [...records.keys()].sort().map(uuid => ({ hash: records.get(uuid).integrity.hash, uuids: [uuid] }))
  if (nodes.length === 0) return { hash: await digest(''), uuids: [] }
  while (nodes.length > 1) {
    const above = []
    for (let place = 0; place < nodes.length; place += 2) {
      const [left, right] = nodes.slice(place, place + 2)
      const joined = right && { hash: await digest(left.hash + right.hash), uuids: [...left.uuids, ...right.uuids], left, right }
      above.push(joined ?? left)
    }
    nodes = above
  }
  return nodes[0]
}

const root = () => (tree ??= grow())
const steps = path => path.split('.').filter(step => step !== '')
const find = async path => steps(path).reduce((node, step) => node?.[step], await root())

function put(uuid, record) {
  records.set(uuid, record)
  tree = undefined
}

async function makeRecord(number) {
  const record = {
    uuid: crypto.randomUUID(),
    created_at: Date.now(),
    bucket: Math.random().toString(36).slice(2, 8),
    author: { npub: `npub_${Math.random().toString(36).slice(2)}` },
    content: { text: `from the page ${number}`, link: `https://example.com/${number}` },
    geo: { latitude: Math.random() * 180 - 90, longitude: Math.random() * 360 - 180 },
  }
  const hash = await digest(JSON.stringify(record))
  return { ...record, integrity: { hash, signature: `sig_${Math.random().toString(36).slice(2)}` } }
}

async function sayRoot(peer) {
  const { hash } = await root()
  await say.rootHash({ merkleRoot: hash }, peer)
}

async function hearRoot({ merkleRoot }, peer) {
  if (merkleRoot === (await root()).hash || busy.has(peer)) return
  busy.set(peer, setTimeout(() => busy.delete(peer), BUSY_MS))
  await say.subtree({ requestSubtreeHashes: { path: '', depth: 1 } }, peer)
}

async function hearSubtree(message, peer) {
  const { requestSubtreeHashes, subtreeHashes, requestRecords } = message
  if (requestSubtreeHashes) await tellSubtrees(requestSubtreeHashes.path, peer)
  if (subtreeHashes) await compare(subtreeHashes, peer)
  if (requestRecords) {
    const found = requestRecords.filter(uuid => records.has(uuid)).map(uuid => [uuid, records.get(uuid)])
    if (found.length > 0) await say.fullRecord(Object.fromEntries(found), peer)
  }
}

async function tellSubtrees(path, peer) {
  const node = await find(path)
  const tell = (place, { hash, uuids, left }) => ({ path: place, hash, uuids, hasChildren: left !== undefined })
  const above = path === '' ? '' : `${path}.`
  const beneath = node?.left ? [tell(`${above}left`, node.left), tell(`${above}right`, node.right)] : node ? [tell(path, node)] : []
  await say.subtree({ subtreeHashes: beneath }, peer)
}

async function compare(subtrees, peer) {
  for (const { path, hash, uuids, hasChildren } of subtrees) {
    if ((await find(path))?.hash === hash) continue
    if (hasChildren) await say.subtree({ requestSubtreeHashes: { path, depth: 1 } }, peer)
    else want(uuids, peer)
  }
}

// At 50, or when nothing was added for 100 ms.
function want(uuids, peer) {
  const waiting = wanted.get(peer) ?? { uuids: new Set() }
  wanted.set(peer, waiting)
  for (const uuid of uuids) waiting.uuids.add(uuid)
  clearTimeout(waiting.timer)
  const ask = () => {
    wanted.delete(peer)
    say.subtree({ requestRecords: [...waiting.uuids] }, peer)
  }
  if (waiting.uuids.size >= REQUEST_RECORDS) ask()
  else waiting.timer = setTimeout(ask, REQUEST_MS)
}

let quiet
function hearRecords(found, peer) {
  for (const [uuid, record] of Object.entries(found)) put(uuid, record)
  window.tell({ event: 'received', count: records.size })
  clearTimeout(quiet)
  quiet = setTimeout(() => {
    clearTimeout(busy.get(peer))
    busy.delete(peer)
    sayRoot(peer)
  }, QUIET_MS)
}

window.commands = {
  async make({ count }) {
    for (let number = 0; number < count; number += 1) {
      const record = await makeRecord(number)
      put(record.uuid, record)
    }
  },

  join({ tracker }) {
    const room = joinRoom({ appId: APP, relayUrls: [tracker], rtcConfig: { iceServers: [] } }, ROOM)
    const hears = { rootHash: hearRoot, subtree: hearSubtree, fullRecord: hearRecords }
    for (const [name, hear] of Object.entries(hears)) {
      const [send, receive] = room.makeAction(name)
      say[name] = send
      receive(hear)
    }
    room.onPeerJoin(peer => {
      window.tell({ event: 'joined', peer })
      sayRoot(peer)
    })
    room.onPeerLeave(peer => window.tell({ event: 'left', peer }))
    const socket = Object.values(getRelaySockets()).find(({ url }) => url === new URL(tracker).href)
    socket.addEventListener('message', () => window.tell({ event: 'announced' }), { once: true })
  },

  // A record that the page's user writes now, or one that says anything.
  put: ({ uuid, record }) => put(uuid, record),
  records: () => Object.fromEntries(records),
  root: async () => (await root()).hash,
  id: () => selfId,
}
