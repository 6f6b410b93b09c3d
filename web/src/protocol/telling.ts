/** What the relay asks for, put into words. */

import { ANNOUNCE_IDS_MAX } from '../core/limits.ts'
import type { Message } from '../core/message.ts'
import type { PeerId } from '../core/signal.ts'
import type { Request, Send } from './effects.ts'
import { Fault } from './strikes.ts'

/** Say *message* to *peer*. */
export function send(peer: PeerId, message: Message): Send {
  return { type: 'Send', peer, message }
}

/** Ask *peer* for what is told by *prefixes*, which are used up. */
export function ask(peer: PeerId, prefixes: string[]): Send[] {
  const effects: Send[] = []
  while (prefixes.length > 0) effects.push(send(peer, { type: 'Pull', prefixes: prefixes.splice(0, ANNOUNCE_IDS_MAX) }))
  return effects
}

/** Tell *peer* what is credited, if that is news. */
export function credit(peer: PeerId, totalBytes: number | null): Request[] {
  return totalBytes === null ? [] : [send(peer, { type: 'Credit', round: 0, totalBytes })]
}

/** Blame *peer* for what it was not granted. */
export function flood(peer: PeerId): Request[] {
  return [{ type: 'Strike', peer, fault: Fault.FLOOD, reason: 'more than was granted' }]
}

/** Give the entries of *map* in the order of their peers' ids. */
export function sorted<Value>(map: Map<PeerId, Value>): [PeerId, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1))
}
