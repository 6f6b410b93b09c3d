/** How a room stands, in the words of its header. */

import { DAY_SECONDS, HOUR_SECONDS } from '../../core/clock.ts'
import { RETENTION_SECONDS_MAX } from '../../core/limits.ts'
import type { SignalingStatus } from '../../ports.ts'
import type { PeerStatus } from '../../protocol/neighbour.ts'
import type { Phase } from './membership.ts'

/** What the header says of a room. */
export interface Standing {
  /** Which colour says the same. */
  readonly tone: 'good' | 'warn' | 'bad' | 'muted'
  readonly label: string
  /** How many peers are proven. */
  readonly peers: number
}

/** What a standing is read from. */
export interface Surroundings {
  readonly phase: Phase
  readonly peers: readonly PeerStatus[]
  /** None in a room without a network, `join(..., { signaling: [] })`. */
  readonly signaling: readonly SignalingStatus[]
  /** The browser says that it has a network. */
  readonly isOnline?: boolean
}

/** Say how a room stands. */
export function standingOf({ phase, peers, signaling, isOnline = true }: Surroundings): Standing {
  if (phase === 'idle') return { tone: 'muted', label: 'not joined', peers: 0 }
  if (phase === 'failed') return { tone: 'bad', label: 'could not join', peers: 0 }
  if (phase !== 'joined') return { tone: 'muted', label: phase === 'joining' ? 'connecting' : 'leaving', peers: 0 }
  const proven = peers.filter(({ state }) => state === 'established')
  if (proven.length === 0) return { ...lonely(peers, signaling, isOnline), peers: 0 }
  const apart = proven.filter(peer => !peer.isSynced)
  const span = proven.find(peer => peer.keepsSeconds !== null)?.keepsSeconds ?? null
  const kept = span === null ? '' : `, a peer keeps records for ${spanText(span)}`
  if (apart.length === 0)
    return { tone: span === null ? 'good' : 'warn', label: `in sync${kept}`, peers: proven.length }
  const label = apart.every(peer => peer.hasOtherRules) ? `other rules${kept}` : 'catching up'
  return { tone: 'warn', label, peers: proven.length }
}

/** Write for how long records are kept, as the attribute `retention` has it. */
export function spanText(seconds: number): string {
  if (seconds === RETENTION_SECONDS_MAX) return 'forever'
  if (seconds % DAY_SECONDS === 0) return `${seconds / DAY_SECONDS}d`
  return seconds % HOUR_SECONDS === 0 ? `${seconds / HOUR_SECONDS}h` : `${seconds}s`
}

/** Say whether the browser has a network, as far as it knows; where nobody can be asked, as when a page is rendered, it has. */
export function isOnline(): boolean {
  return globalThis.navigator?.onLine !== false
}

function lonely(
  peers: readonly PeerStatus[],
  signaling: readonly SignalingStatus[],
  isOnline: boolean,
): Omit<Standing, 'peers'> {
  if (peers.some(({ state }) => state === 'greeted' || state === 'proving')) {
    return { tone: 'warn', label: 'meeting a peer' }
  }
  if (signaling.length === 0) return { tone: 'muted', label: 'offline by choice' }
  if (!isOnline) return { tone: 'bad', label: 'offline' }
  if (signaling.some(({ state }) => state === 'open')) return { tone: 'muted', label: 'alone, looking for peers' }
  if (signaling.some(({ state }) => state === 'resting' || state === 'closed')) {
    return { tone: 'bad', label: 'signaling unreachable, trying again' }
  }
  return { tone: 'muted', label: 'connecting' }
}

/** Count *number* of what *noun* names. */
export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}
