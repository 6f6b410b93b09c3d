/** What the room's user waits for: records on their way to disk. */

import { ERRORS } from '../core/cause.ts'
import type { RecordId } from '../core/record.ts'
import { type PeersetError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'

/** Some records that one caller waits for together. */
interface Parcel {
  remaining: number
  readonly errors: PeersetError[]
  readonly settle: (errors: PeersetError[]) => void
}

/** Parcels by the records in them; one promise a parcel, however many records. */
export class Deliveries {
  readonly #parcels = new Map<RecordId, Parcel[]>()

  /** Give a promise of what went wrong, settled once every one of *ids* has arrived or failed. */
  expect(ids: Iterable<RecordId>): Promise<PeersetError[]> {
    const wanted = new Set(ids)
    if (wanted.size === 0) return Promise.resolve([])
    return new Promise(settle => {
      const parcel: Parcel = { remaining: wanted.size, errors: [], settle }
      for (const id of wanted) this.#parcels.set(id, [...(this.#parcels.get(id) ?? []), parcel])
    })
  }

  /** Settle the records that *event* decides about. */
  take(event: RoomEvent): void {
    switch (event.type) {
      case 'RecordAdded':
        return this.settle(event.record.id, null)
      case 'RecordKnown':
      case 'RecordPostponed':
        return this.settle(event.id, null)
      case 'RecordRejected':
        return this.settle(event.id, new ERRORS[event.cause](`${event.source}: ${event.reason}`))
      case 'SaveDelayed':
        for (const id of event.ids) this.settle(id, new StoreError(event.reason))
    }
  }

  /** Note that a record arrived, or why it did not. */
  settle(id: RecordId, error: PeersetError | null): void {
    const parcels = this.#parcels.get(id) ?? []
    this.#parcels.delete(id)
    for (const parcel of parcels) {
      parcel.remaining -= 1
      if (error !== null) parcel.errors.push(error)
      if (parcel.remaining === 0) parcel.settle(parcel.errors)
    }
  }

  /** Give up on everything. */
  fail(error: PeersetError): void {
    for (const id of [...this.#parcels.keys()]) this.settle(id, error)
  }
}
