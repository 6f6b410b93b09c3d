/** What happened since the dashboard was opened, in numbers. */

import type { RoomEvent } from '../../notices.ts'
import type { Traffic } from '../../room/driver.ts'

/** How much crossed in one direction. */
export interface Flow {
  messages: number
  bytes: number
}

/** Counts a room's events and messages. */
export class Counters {
  added = 0
  known = 0
  postponed = 0
  deleted = 0
  hidden = 0
  expired = 0
  strikes = 0
  /** Refused records by the rule that refused them. */
  readonly refused = new Map<string, number>()
  readonly in: Flow = { messages: 0, bytes: 0 }
  readonly out: Flow = { messages: 0, bytes: 0 }

  /** Count *event*. */
  take(event: RoomEvent): void {
    switch (event.type) {
      case 'RecordAdded':
        this.added += 1
        return
      case 'RecordKnown':
        this.known += 1
        return
      case 'RecordPostponed':
        this.postponed += 1
        return
      case 'RecordDeleted':
        this.deleted += 1
        return
      case 'RecordHidden':
        this.hidden += 1
        return
      case 'RecordsExpired':
        this.expired += event.count
        return
      case 'RecordRejected':
      case 'RecordsRejected': {
        const count = event.type === 'RecordRejected' ? 1 : event.count
        this.refused.set(event.source, (this.refused.get(event.source) ?? 0) + count)
        return
      }
      case 'StrikeCounted':
        this.strikes += 1
    }
  }

  /** Count a message. */
  see({ direction, bytes }: Traffic): void {
    const flow = this[direction]
    flow.messages += 1
    flow.bytes += bytes
  }
}
