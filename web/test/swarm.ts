/** Rooms that meet inside one process: transports whose channels are queues. */

import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { PeerId } from '../src/core/signal.ts'
import type { SignalingStatus, Transport, TransportListener } from '../src/ports.ts'

/** A network on which every transport meets every other; reliable and ordered, as data channels are. */
export class MemorySwarm {
  readonly #members: MemoryTransport[] = []
  #count = 0

  /** Make the transport of one more member. */
  transport(): MemoryTransport {
    this.#count += 1
    return new MemoryTransport(`peer-${String(this.#count).padStart(15, '0')}` as PeerId, this.#members)
  }
}

class MemoryTransport implements Transport {
  readonly peerId: PeerId
  readonly #members: MemoryTransport[]
  readonly #linked = new Set<MemoryTransport>()
  #listener: TransportListener | null = null

  constructor(peerId: PeerId, members: MemoryTransport[]) {
    this.peerId = peerId
    this.#members = members
  }

  open(listener: TransportListener): void {
    this.#listener = listener
    for (const other of this.#members) this.#link(other)
    this.#members.push(this)
  }

  send(peer: PeerId, data: Uint8Array): void {
    const other = this.#find(peer)
    if (other === undefined) return
    queueMicrotask(() => {
      if (this.#linked.has(other)) other.#listener?.take({ type: 'Received', peer: this.peerId, data })
    })
  }

  disconnect(peer: PeerId, reason: string): void {
    const other = this.#find(peer)
    if (other === undefined) return
    queueMicrotask(() => this.#part(other, reason))
  }

  signaling(): SignalingStatus[] {
    const times = { since: 0, lastSuccess: null, nextTry: null }
    return [{ strategy: 'memory', place: 'swarm', state: 'open', error: null, ...times }]
  }

  async close(): Promise<void> {
    const members = this.#members
    if (members.includes(this)) members.splice(members.indexOf(this), 1)
    await Promise.resolve()
    for (const other of [...this.#linked]) this.#part(other, 'the channel closed')
    this.#listener = null
  }

  #find(peer: PeerId): MemoryTransport | undefined {
    return [...this.#linked].find(each => each.peerId === peer)
  }

  #link(other: MemoryTransport): void {
    for (const [from, to] of [
      [this, other],
      [other, this],
    ] as const) {
      from.#linked.add(to)
      const binding = { local: fingerprint(from, to), remote: fingerprint(to, from) }
      queueMicrotask(() => {
        from.#listener?.take({ type: 'Opened', peer: to.peerId, binding, route: 'direct', address: '' })
      })
    }
  }

  #part(other: MemoryTransport, reason: string): void {
    if (!this.#linked.delete(other)) return
    other.#linked.delete(this)
    this.#listener?.take({ type: 'Closed', peer: other.peerId, reason })
    other.#listener?.take({ type: 'Closed', peer: this.peerId, reason })
  }
}

function fingerprint(from: Transport, to: Transport): Uint8Array {
  return sha256(utf8ToBytes(`${from.peerId}>${to.peerId}`))
}
