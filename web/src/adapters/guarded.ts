/** The browser's connections, guarded for trystero, which takes what peers say at their word. */

import { type FrameKind, readFrame } from './frames.ts'
import { Rejoining } from './rejoining.ts'

/** So many words of presence and of handshakes are heard on one channel: it may serve some hundred rooms. */
export const CONTROL_FRAMES_MAX = 1_024

/** What a peer may say without end, and is counted. */
const CONTROL: ReadonlySet<FrameKind> = new Set(['here', 'gone', 'handshake'])

/** The words of a handshake are shorter. */
const WORD_BYTES_MAX = 1_024

/** The tokens of the rooms that this page is in: all of them share its channels. */
export const joinedTokens = new Set<string>()

/** Give the class of connections; null where there is no WebRTC. */
export function guardedConnection(): typeof RTCPeerConnection | null {
  if (globalThis.RTCPeerConnection === undefined) return null
  return class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('datachannel', ({ channel }) => guard(channel))
    }

    override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
      return guard(super.createDataChannel(label, options))
    }
  }
}

type Data = ArrayBuffer | Uint8Array<ArrayBuffer>

/** Watch *channel* before anyone else does. */
function guard(channel: RTCDataChannel): RTCDataChannel {
  const deliver = channel.send.bind(channel) as (data: Data) => void
  // What is said to a peer that hangs up is lost; as an error, it would keep trystero from ever leaving a room.
  const send = (data: Data) => channel.readyState === 'open' && deliver(data)
  let controlFrames = 0
  let isOurs = false
  const rejoining = new Rejoining({
    toPeer: send,
    toUs: data => {
      isOurs = true
      channel.dispatchEvent(new MessageEvent('message', { data }))
      isOurs = false
    },
  })
  channel.addEventListener('message', event => {
    if (isOurs) return
    const frame = readFrame(event.data, joinedTokens)
    if (frame !== null && CONTROL.has(frame.kind)) controlFrames += 1
    if (frame === null || controlFrames > CONTROL_FRAMES_MAX) event.stopImmediatePropagation()
    else rejoining.heard(frame)
  })
  // A peer that vanishes is no error of this page, and would be printed as one; that the channel closed is told anyway.
  channel.addEventListener('error', event => event.stopImmediatePropagation())
  channel.addEventListener('close', () => rejoining.close())
  return Object.assign(channel, {
    send: (data: Data) => {
      const bytes = data instanceof ArrayBuffer ? data : data.buffer
      const frame = bytes.byteLength > WORD_BYTES_MAX ? null : readFrame(bytes, joinedTokens)
      send(data)
      if (frame !== null) rejoining.sent(frame)
    },
  })
}
