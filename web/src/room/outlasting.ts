/** What of a room outlasts its window: what members pinned. All that it takes is loaded once it is asked for. */

import type { Record } from '../core/record.ts'
import type { AnyId } from '../core/typed.ts'
import type { Desk } from '../data/desk.ts'
import type { Policy } from '../ports.ts'
import type { RoomParts } from './peer.ts'
import { Permitting } from './permission.ts'
import type { Pin, PinBoard } from './pinning.ts'
import type { Query } from './query.ts'

/** Say whether anybody may pin in a room of these policies. */
export function takesPins(policies: readonly Pick<Policy, 'name'>[]): boolean {
  return policies.some(({ name }) => name === 'pins')
}

/** What a `Room` says of pins. */
export abstract class Outlasting extends Permitting {
  readonly #parts: RoomParts

  constructor(parts: RoomParts) {
    super(parts)
    this.#parts = parts
  }

  /**
   * Keep a record for longer than the room's window: a pin of ours, which is given back, holds it whole.
   *
   * Readers see the record as before once the window let it go, until we `unpin` it or its author deletes it. While the room
   * is joined, the pin is renewed. One that we pinned already is not pinned again.
   *
   * Refused with a ConfigError when the record is not here, or several begin so, with a MalformedError when it is longer than
   * 32 KiB, or a deletion, a pin or an ephemeral record, and with a RejectedError when the room's policies do not let us pin
   * (`pins`), or refuse the record.
   */
  async pin(id: AnyId): Promise<Record> {
    this.checkOpen()
    return await (await import('./pinning.ts')).pin(this.#board, id)
  }

  /**
   * Withdraw our pins of a record, by a deletion (NIP-09), which is given back; others' pins stay.
   *
   * Refused with a ConfigError when we have not pinned it, or several begin so.
   */
  async unpin(id: AnyId): Promise<Record> {
    this.checkOpen()
    return await (await import('./pinning.ts')).unpin(this.#board, id)
  }

  /** Give every pin that is here, the newest first; several may hold one record. */
  async pins(): Promise<Pin[]> {
    this.checkOpen()
    const { store, sealing } = this.#parts
    const found = await (await import('./pinning.ts')).pinsIn(store)
    return sealing === null ? found : found.map(pin => ({ ...pin, record: sealing.open(pin.record) }))
  }

  abstract readonly isOpen: boolean

  /** Have *end* called when the room is left. */
  protected abstract readonly keep: Desk['keep']

  abstract records(query?: Query): Promise<Record[]>

  /** Renew from now on what we granted to devices, and our pins where anybody may pin. */
  protected tend(complain: (reason: string) => void): void {
    const means = { ...this.#parts, keep: this.keep, complain }
    const failed = (error: unknown) => complain(`cannot renew: ${String(error)}`)
    void import('./renewing.ts').then(({ renew }) => renew(this, means, this.#board)).catch(failed)
  }

  get #board(): PinBoard {
    return { ...this.#parts, write: this.write, get: id => this.get(id) }
  }
}
