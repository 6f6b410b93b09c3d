/** A room at one place, for tests of places: the test is trystero, and the other peers. */

import { selfId } from '@trystero-p2p/core'
import { Gathering } from '../../src/adapters/gathering.ts'
import type { Introducer } from '../../src/adapters/introducer.ts'
import { Rendezvous } from '../../src/adapters/rendezvous.ts'
import type { Said, Swarm } from '../../src/adapters/venue.ts'
import type { PeerId } from '../../src/core/signal.ts'

export const LOBBY = { app: 'peerset', room: 'lobby' }
/** Smaller than every id of trystero's alphabet, and larger. */
export const SMALLER: PeerId = '!'.repeat(20) as PeerId
export const LARGER: PeerId = '~'.repeat(20) as PeerId

/** What came of it. */
export interface Watched extends Swarm {
  /** What trystero was told, and how it may answer. */
  readonly told: { readonly said: Said; readonly reply: (topic: string, text: string) => unknown }[]
  /** Who is connected. */
  readonly friends: PeerId[]
  /** Offers that were made, and what became of them. */
  readonly made: { readonly offer: string; fate: 'out' | 'claimed' | 'taken back' }[]
}

/** Make a swarm of *room*. */
export function watchedSwarm({ room = 'lobby', introducer = null as Introducer | null } = {}): Watched {
  const [told, friends, made]: [Watched['told'], PeerId[], Watched['made']] = [[], [], []]
  const attendance = {
    self: selfId as PeerId,
    isConnected: (peer: PeerId) => friends.includes(peer),
    isLacking: () => true,
  }
  const offers = async (count: number) =>
    Array.from({ length: count }, () => {
      const each: Watched['made'][number] = { offer: `sealed ${made.length}`, fate: 'out' }
      made.push(each)
      const claim = () => {
        each.fate = 'claimed'
      }
      const reclaim = () => {
        each.fate = 'taken back'
      }
      return { peer: { connection: each.offer } as never, offer: each.offer, claim, reclaim }
    })
  return {
    name: { app: LOBBY.app, room },
    self: selfId as PeerId,
    rootTopic: `root of ${room}`,
    selfTopic: `self of ${room}`,
    tell: (said, reply) => void told.push({ said, reply }),
    offers,
    gathering: new Gathering(attendance, new Rendezvous(attendance), introducer),
    told,
    friends,
    made,
  }
}
