// The page under test of Trystero 0.20 to 0.22: an ordinary application of its API, which `page-VERSION.mjs` gives its
// library. Driven as page.mjs is.

// Bytes travel to and from the driver as base64; every other payload is JSON already.
const packBytes = bytes => ({ bytes: btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join('')) })
const unpackBytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
const isBinary = data => data instanceof ArrayBuffer || ArrayBuffer.isView(data)
const pack = data => (isBinary(data) ? packBytes(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0)) : { json: data })
const unpack = payload => ('bytes' in payload ? unpackBytes(payload.bytes) : payload.json)

const GREETING = 'hello from the page'
const GREETING_MS = 300

const isTrackerReply = text => 'interval' in JSON.parse(text)

// *says* tells whether the text of a message of the tracker or relay shows that it has heard of us.
export function serve({ getRelaySockets, joinRoom, selfId }, says = isTrackerReply) {
  const rooms = new Map()

  window.commands = {
    // Join a room; "announced" is told once the tracker has answered, so that later comers are introduced to us.
    join({ app, room: name, tracker, password }) {
      const config = { appId: app, password, relayUrls: [tracker], rtcConfig: { iceServers: [] } }
      const room = joinRoom(config, name, ({ peerId, error }) =>
        window.tell({ event: 'refused', room: name, peer: peerId, error }),
      )
      const actions = new Map(['chat', 'file', 'mirror', 'heard'].map(action => [action, room.makeAction(action)]))
      const unheard = new Set()
      rooms.set(name, { room, actions })
      tellAnswer(Object.values(getRelaySockets()).find(({ url }) => url === new URL(tracker).href), name)
      for (const [action, [send, receive]] of actions) {
        receive((data, peer, metadata) => {
          if (action === 'heard') unheard.delete(peer)
          else if (action === 'mirror') send(data, peer, metadata)
          else window.tell({ event: 'action', room: name, peer, action, metadata, ...pack(data) })
        })
      }
      // What is said while a channel opens is lost now and then (once in a hundred times), so the greeting is repeated.
      const greet = peer => {
        if (!unheard.has(peer)) return
        actions.get('chat')[0](GREETING, peer)
        setTimeout(greet, GREETING_MS, peer)
      }
      room.onPeerJoin(peer => {
        unheard.add(peer)
        greet(peer)
        window.tell({ event: 'joined', room: name, peer })
      })
      room.onPeerLeave(peer => {
        unheard.delete(peer)
        window.tell({ event: 'left', room: name, peer })
      })
    },

    async leave({ room: name }) {
      await rooms.get(name).room.leave()
      rooms.delete(name)
    },

    async send({ room, action, to, metadata, ...payload }) {
      await rooms.get(room).actions.get(action)[0](unpack(payload), to, metadata)
    },

    async ping({ room, peer }) {
      return await rooms.get(room).room.ping(peer)
    },

    peers({ room }) {
      return Object.keys(rooms.get(room).room.getPeers())
    },

    id: () => selfId,
  }

  function tellAnswer(socket, room) {
    const listen = ({ data }) => {
      if (!says(data)) return
      socket.removeEventListener('message', listen)
      window.tell({ event: 'announced', room })
    }
    socket.addEventListener('message', listen)
  }
}
