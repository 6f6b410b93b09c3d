// The page under test: an ordinary application of unmodified Trystero from 0.25 on, which is given a strategy of it.
// What happens is told by `window.tell`, which the driver provides; what to do comes in through `window.commands`.

// Bytes travel to and from the driver as base64; every other payload is JSON already.
const packBytes = bytes => ({ bytes: btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join('')) })
const unpackBytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const isBinary = data => data instanceof ArrayBuffer || ArrayBuffer.isView(data)
const pack = data => (isBinary(data) ? packBytes(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0)) : { json: data })
const unpack = payload => ('bytes' in payload ? unpackBytes(payload.bytes) : payload.json)

// *says* tells whether the text of a message of the tracker or relay shows that it has heard of us.
export function serve({ getRelaySockets, joinRoom, selfId }, says) {
  const rooms = new Map()

  window.commands = {
    // Join a room; "announced" is told once the tracker or relay has said so, so that later comers are introduced to us.
    join({ app, room: name, tracker, password }) {
      const config = { appId: app, password, relayConfig: { urls: [tracker] }, rtcConfig: { iceServers: [] } }
      const room = joinRoom(config, name, {
        onJoinError: ({ peerId, error }) => window.tell({ event: 'refused', room: name, peer: peerId, error }),
      })
      const actions = new Map(['chat', 'file', 'mirror'].map(action => [action, room.makeAction(action)]))
      rooms.set(name, { room, actions })
      tellAnnounced(getRelaySockets()[tracker], name)
      for (const [action, { send }] of actions) {
        actions.get(action).onMessage = (data, { peerId, metadata }) => {
          if (action === 'mirror') send(data, { target: peerId, metadata })
          else window.tell({ event: 'action', room: name, peer: peerId, action, metadata, ...pack(data) })
        }
      }
      room.onPeerJoin = peerId => {
        actions.get('chat').send('hello from the page', { target: peerId })
        window.tell({ event: 'joined', room: name, peer: peerId })
      }
      room.onPeerLeave = peerId => window.tell({ event: 'left', room: name, peer: peerId })
    },

    async leave({ room: name }) {
      await rooms.get(name).room.leave()
      rooms.delete(name)
    },

    async send({ room, action, to, metadata, ...payload }) {
      await rooms.get(room).actions.get(action).send(unpack(payload), { target: to, metadata })
    },

    async ping({ room, peer }) {
      return await rooms.get(room).room.ping(peer)
    },

    async request({ room, action, peer, ...payload }) {
      const { request } = rooms.get(room).room.makeAction(action, { kind: 'request' })
      return await request(unpack(payload), { target: peer, timeoutMs: 150_000 })
    },

    // How many connections there are: rooms of one application share them.
    connections() {
      return new Set([...rooms.values()].flatMap(({ room }) => Object.values(room.getPeers()))).size
    },

    id: () => selfId,
  }

  function tellAnnounced(socket, room) {
    const listen = ({ data }) => {
      if (!says(data)) return
      socket.removeEventListener('message', listen)
      window.tell({ event: 'announced', room })
    }
    socket.addEventListener('message', listen)
  }
}
