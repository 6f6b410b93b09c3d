/** WebRTC connections, guarded for trystero, which takes what peers say at their word. */

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

/** The connections that we have not closed yet. */
const open = new Set<RTCPeerConnection>()

/** Give the class of connections, made of the *Connection* that there is. */
export function guardedConnection(Connection: typeof RTCPeerConnection): typeof RTCPeerConnection {
  return class extends Connection {
    #channel: RTCDataChannel | null = null

    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      open.add(this)
      this.addEventListener('datachannel', ({ channel }) => {
        this.#channel = guard(channel, this)
      })
    }

    override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
      this.#channel = guard(super.createDataChannel(label, options), this)
      return this.#channel
    }

    override close(): void {
      if (!open.delete(this)) return
      // In Node, a channel that is not closed itself keeps the process from its end.
      this.#channel?.close()
      super.close()
      // Nor may it tell of that, where the peer had closed it: trystero would wait for it to be of use, for two minutes.
      this.#channel?.dispatchEvent(new Event('close'))
    }
  }
}

/** Close every connection at once: nobody is going to use one again. */
export function closeConnections(): void {
  for (const connection of [...open]) connection.close()
}

type Data = ArrayBuffer | Uint8Array<ArrayBuffer>
type Hearing = ((event: { readonly data: unknown }) => void) | null

/** Stand between *channel* and trystero, which hears it by `onmessage`: few stacks let one listener stop the others. */
function guard(channel: RTCDataChannel, connection: RTCPeerConnection): RTCDataChannel {
  const deliver = channel.send.bind(channel) as (data: Data) => void
  // What is said to a peer that hangs up is lost; as an error, it would keep trystero from ever leaving a room. Node
  // learns a while later that a channel has closed.
  const send = (data: Data) => {
    try {
      if (channel.readyState === 'open') deliver(data)
    } catch {}
  }
  // Some stacks tell trystero of a channel before us.
  let hearing = channel.onmessage as Hearing
  let controlFrames = 0
  const rejoining = new Rejoining({ toPeer: send, toUs: data => hearing?.({ data }) })
  const hear = (event: { readonly data: unknown }) => {
    const frame = readFrame(event.data, joinedTokens)
    if (frame !== null && CONTROL.has(frame.kind)) controlFrames += 1
    if (frame === null || controlFrames > CONTROL_FRAMES_MAX) return
    rejoining.heard(frame)
    hearing?.(event)
  }
  channel.onmessage = hear
  channel.addEventListener('close', () => {
    rejoining.close()
    // There is no other channel on it, and trystero leaves what the peer closed to itself.
    connection.close()
  })
  Object.defineProperty(channel, 'onmessage', { get: () => hear, set: (given: Hearing) => (hearing = given) })
  // A peer that vanishes is no error of this page, and would be printed as one; that the channel closed is told anyway.
  Object.defineProperty(channel, 'onerror', { get: () => null, set: () => {} })
  return Object.assign(channel, {
    send: (data: Data) => {
      const bytes = data instanceof ArrayBuffer ? data : data.buffer
      const frame = bytes.byteLength > WORD_BYTES_MAX ? null : readFrame(bytes, joinedTokens)
      send(data)
      if (frame !== null) rejoining.sent(frame)
    },
  })
}
