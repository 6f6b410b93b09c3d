/** The browser's connections, guarded for trystero, which takes what peers say at their word. */

import { frameKind } from './frames.ts'

/** So many words of presence and of handshakes are heard on one channel: it may serve some hundred rooms. */
export const CONTROL_FRAMES_MAX = 1_024

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

/** Watch *channel* before anyone else does. */
function guard(channel: RTCDataChannel): RTCDataChannel {
  let controlFrames = 0
  channel.addEventListener('message', event => {
    const kind = frameKind(event.data, joinedTokens)
    if (kind === 'presence' || kind === 'handshake') controlFrames += 1
    if (kind === null || controlFrames > CONTROL_FRAMES_MAX) event.stopImmediatePropagation()
  })
  // A peer that vanishes is no error of this page, and would be printed as one; that the channel closed is told anyway.
  channel.addEventListener('error', event => event.stopImmediatePropagation())
  const send = channel.send.bind(channel) as (data: ArrayBuffer) => void
  // What is said to a peer that hangs up is lost; as an error, it would keep trystero from ever leaving a room.
  return Object.assign(channel, { send: (data: ArrayBuffer) => channel.readyState === 'open' && send(data) })
}
