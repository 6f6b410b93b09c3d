/** The transport of a room without a network: for scripts, tests, and reading what is kept here. */

import type { PeerId } from '../core/signal.ts'
import type { Transport } from '../ports.ts'

/** Reach nobody, as *peerId*. */
export function alone(peerId: PeerId): Transport {
  const nothing = () => {}
  return { peerId, open: nothing, send: nothing, disconnect: nothing, signaling: () => [], close: async () => {} }
}
