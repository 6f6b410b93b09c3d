/** Of what was asked of neighbours: what an event decides. */

import type { RecordId } from '../core/record.ts'
import type { RoomEvent } from '../notices.ts'

/** Give what came, or comes no more, by *event*. */
export function decided(event: RoomEvent): readonly RecordId[] {
  switch (event.type) {
    case 'RecordAdded':
      return [event.record.id]
    case 'RecordRejected':
    case 'RecordDeleted':
      return [event.id]
    case 'FetchFailed':
    case 'SaveDelayed':
      return event.ids
    default:
      return []
  }
}
