/** The browser's connections, guarded for trystero, which takes what a peer does at its word. */

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
  // A peer that vanishes is no error of this page, and would be printed as one; that the channel closed is told anyway.
  channel.addEventListener('error', event => event.stopImmediatePropagation())
  return channel
}
