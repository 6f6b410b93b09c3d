/**
 * All ways to meet as one strategy of trystero, which so has one set of connections, whoever told of a peer.
 *
 * Each of trystero's own strategies has connections of its own: two of them would meet everybody twice.
 */

import { createStrategy, type JoinRoom, selfId } from '@trystero-p2p/core'
import type { PeerId } from '../core/signal.ts'
import type { Config } from './config.ts'
import type { Phased } from './phased.ts'
import type { Swarm, Venue } from './venue.ts'

/** Join a room at the places that its configuration names. */
export const joinRoom: JoinRoom<Config> = createStrategy<Venue, Config>({
  init: ({ venues }) => [...venues],

  subscribe(venue, rootTopic, selfTopic, onMessage, offers, context) {
    if (context === undefined) return () => {}
    const { appId: app, roomId: room, config } = context
    const swarm: Swarm = {
      name: { app, room },
      self: selfId as PeerId,
      rootTopic,
      selfTopic,
      // What makes trystero fail was said by a stranger, and concerns nobody else.
      tell: (said, reply) => void Promise.resolve(onMessage(rootTopic, { ...said }, reply)).catch(() => {}),
      offers,
      gathering: config.gathering,
    }
    const phased = inPhases(venue, config)
    return phased === null ? venue.enter(swarm) : phased.enter(venue, swarm)
  },

  announce(venue, rootTopic, _selfTopic, _extra, context) {
    const phased = inPhases(venue, context?.config)
    const nextAnnounceMs = phased === null ? venue.announce(rootTopic) : phased.announce(venue)
    return nextAnnounceMs === null ? { stopAnnouncing: true } : { nextAnnounceMs }
  },
})

/** Give the phases in which a room is at *venue*; null without any, and for neighbours, who know the room. */
function inPhases({ status }: Venue, config: Config | undefined): Phased | null {
  return status === null ? null : (config?.phased ?? null)
}
