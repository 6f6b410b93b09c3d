/** Brings records that the room's user has to the node, and waits until they are on disk. */

import { envelopeOf, type Record } from '../core/record.ts'
import { several } from '../core/typed.ts'
import { MalformedError, type PeersetError, RoomClosedError, StoreError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Imported, Published } from '../protocol/inputs.ts'
import { Deliveries } from './deliveries.ts'

const IMPORT_RECORDS_AT_ONCE = 512

/** Gives records to *post*, and learns by `take` what became of them. */
export class Courier {
  readonly #post: (input: Published | Imported) => void
  readonly #deliveries = new Deliveries()

  constructor(post: (input: Published | Imported) => void) {
    this.#post = post
  }

  /** Bring what we wrote, all at once or not at all; refused as `Room.publish` is. */
  async publish(records: readonly Record[]): Promise<void> {
    const group = records.length > 1 ? records[0]?.id : undefined
    for (const error of await this.#bring({ type: 'Published', records, group })) throw error
  }

  /** Bring what anybody wrote, some at a time; *checkOpen* is asked each time. Refused as `Room.add` is. */
  async add(given: Record | Iterable<Record>, checkOpen: () => void): Promise<void> {
    const all = several(given) as Record[]
    for (const record of all) {
      // What a JSON parser gives has the fields of an event, and no wire form.
      if (!(record?.wire instanceof Uint8Array)) throw new MalformedError('only records can be added')
    }
    for (let start = 0; start < all.length; start += IMPORT_RECORDS_AT_ONCE) {
      checkOpen()
      const errors = await this.#bring({ type: 'Imported', records: all.slice(start, start + IMPORT_RECORDS_AT_ONCE) })
      const fatal = errors.find(error => error instanceof StoreError || error instanceof RoomClosedError)
      if (fatal !== undefined) throw fatal
    }
  }

  /** Settle the records that *event* decides about. */
  take(event: RoomEvent): void {
    this.#deliveries.take(event)
  }

  /** Give up on everything. */
  fail(error: PeersetError): void {
    this.#deliveries.fail(error)
  }

  async #bring(given: Published | Imported): Promise<readonly PeersetError[]> {
    // What was opened here travels as it is signed.
    const input = { ...given, records: given.records.map(envelopeOf) }
    const arriving = this.#deliveries.expect(input.records.map(({ id }) => id))
    this.#post(input)
    return await arriving
  }
}
