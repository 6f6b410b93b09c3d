/** Who may write in a room. All that it takes is loaded once it is asked for. */

import type { AnyKey } from '../core/typed.ts'
import type { Listener } from './audience.ts'
import { Database } from './database.ts'
import type { Devices } from './devices.ts'
import type { GrantOptions, Permission } from './granting.ts'
import type { RoomParts } from './peer.ts'

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
   * It is signed by our key, so it counts where that is an owner's, and for the devices that write in our place. It begins
   * as long ago as clocks may be wrong. What was granted cannot be taken back before it runs out.
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

  /** Throw a RoomClosedError when the room was left, or failed. */
  abstract checkOpen(): void
}
