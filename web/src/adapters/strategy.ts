/**
 * All ways to meet as one strategy of trystero, which so has one set of connections, whoever told of a peer.
 *
 * Each of trystero's own strategies has connections of its own: two of them would meet everybody twice.
 */

import { createStrategy, type JoinRoom } from '@trystero-p2p/core'
import type { Config } from './config.ts'
import type { Venue } from './venue.ts'

/** Join a room at the places that its configuration names. */
export const joinRoom: JoinRoom<Config> = createStrategy<Venue, Config>({
  init: ({ venues }) => [...venues],

  subscribe(venue, rootTopic, selfTopic, onMessage, offers, context) {
    if (context === undefined) return () => {}
    const { appId: app, roomId: room, config } = context
    return venue.enter({
      name: { app, room },
      rootTopic,
      selfTopic,
      // What makes trystero fail was said by a stranger, and concerns nobody else.
      tell: (said, reply) => void Promise.resolve(onMessage(rootTopic, { ...said }, reply)).catch(() => {}),
      offers,
      gathering: config.gathering,
    })
  },

  announce(venue, rootTopic) {
    const nextAnnounceMs = venue.announce(rootTopic)
    return nextAnnounceMs === null ? { stopAnnouncing: true } : { nextAnnounceMs }
  },
})
