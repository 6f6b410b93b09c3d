/** Who may write in a room. All that it takes is loaded once it is asked for. */

import type { Record } from '../core/record.ts'
import type { AnyId, AnyKey } from '../core/typed.ts'
import type { Write } from '../data/desk.ts'
import type { Listener } from './audience.ts'
import { Database } from './database.ts'
import type { Devices } from './devices.ts'
import type { GrantOptions, Permission } from './granting.ts'
import type { RoomParts } from './peer.ts'

/** The collection in which devices are linked. */
export const DEVICES = 'peerset.devices'

/** What a `Room` says of who may write in it. */
export abstract class Permitting extends Database {
  readonly #parts: RoomParts

  constructor(parts: RoomParts) {
    super(parts)
    this.#parts = parts
  }

  /**
   * Say whether the policies would admit a record of ours in *collection*, whatever it says.
   *
   * Asked are those that look at author, time, kind and tags alone, such as `writers` and `authors`.
   */
  async mayWrite(collection: string | null = null): Promise<Permission> {
    this.checkOpen()
    return await (await import('./granting.ts')).mayWrite(this.#parts, collection)
  }

  /**
   * Let *writer*, a key in hex or an npub, write here for 30 days unless said otherwise; give the text to hand over.
   *
   * It is signed by our key, so it counts where that is an owner's. With `onBehalf`, *writer* is a device or a server of
   * ours: in collections on behalf of others, what it writes is ours. It begins as long ago as clocks may be wrong. What
   * was granted cannot be taken back before it runs out.
   *
   * Refused with a ConfigError when the writer is no key, a name or the time is none, nobody would heed a grant of ours, or
   * the key is not in this page.
   */
  async grant(writer: AnyKey, options: GrantOptions = {}): Promise<string> {
    this.checkOpen()
    return (await import('./granting.ts')).grant(this.#parts, writer, options)
  }

  /** Say who writes here for us, and for whom we do: the devices that are linked by one text. */
  async devices(): Promise<Devices> {
    this.checkOpen()
    return await (await import('./devices.ts')).devicesOf(this, this.#parts)
  }

  /** Call *listener* with every event, from now on; call what is given back to stop. */
  abstract on(listener: Listener): () => void

  /**
   * Hide a record from readers everywhere, where the rule `moderators` names our key; give the label.
   *
   * *reason* is for people: all who ask why are told. Who deletes the label shows the record again. Refused with a
   * ConfigError when the record is not here, else as `publish`.
   */
  async label(id: AnyId, reason = ''): Promise<Record> {
    this.checkOpen()
    return await (await import('./labelling.ts')).label(this.write, await this.get(id), id, reason)
  }

  /**
   * Hide what *writer* dates later than now, where the rule `revoked` names our key; give the revocation.
   *
   * Who deletes it lets *writer* be seen again, with all that it wrote meanwhile. A liar may date back. Refused with a
   * ConfigError when the writer is no key, else as `publish`.
   */
  async revoke(writer: AnyKey, reason = ''): Promise<Record> {
    this.checkOpen()
    return await (await import('./labelling.ts')).revoke(this.write, writer, reason)
  }

  /** Give the record with this id, or the one whose id begins so; null when it is not here. */
  abstract get(id: AnyId): Promise<Record | null>

  /** Sign and save records, all at once or none. */
  protected abstract readonly write: Write

  /** Throw a RoomClosedError when the room was left, or failed. */
  abstract checkOpen(): void
}
