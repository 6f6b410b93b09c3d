/**
 * Phases: a room under another name in each epoch, so that no tracker can follow it (docs/protocol.md, "Phases").
 *
 * An epoch is a period of Unix time; its number is how many passed before it. In each of them a room is announced under a
 * name of its own, which only those can tell who know the room's, its password and its period, and at a part of the places
 * that changes with it; its peers have other ids there, too. Around the border of two epochs both names are announced, for
 * clocks differ.
 *
 * Does no I/O: time and chance are given. `phased.ts` drives it.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { PHASE_BORDER_SECONDS, PHASE_JITTER_SECONDS } from '../core/limits.ts'
import type { Rng } from '../core/rng.ts'
import type { RoomName } from '../core/signal.ts'
import { Aliases } from './aliases.ts'

/** The number of an epoch: how many periods of Unix time passed before it. */
export type Epoch = number

/** Four are near at any time. */
const BORDERS_KEPT = 8

/** The names of a room over time, for members that share its password and its period. */
export class PhasedName {
  readonly #room: RoomName
  readonly #password: string
  readonly #periodSeconds: number

  constructor(room: RoomName, password: string, periodSeconds: number) {
    this.#room = room
    this.#password = password
    this.#periodSeconds = periodSeconds
  }

  /** Give the name under which the room is announced in *epoch*. */
  at(epoch: Epoch): RoomName {
    return { app: this.#room.app, room: bytesToHex(this.#drawn('name', epoch)) }
  }

  /** Give the names that peers have in *epoch*: else whoever lists them would know the room by its members. */
  aliases(epoch: Epoch): Aliases {
    return new Aliases(this.#drawn('peer', epoch))
  }

  /**
   * Give the part of *places* at which the room is announced in *epoch*; one place is always the part.
   *
   * It is half of them at most, so that the parts of two neighbouring epochs share none, and in turn each is in a part as
   * often as any other. Members who name the same places, in whatever order, have the same parts.
   */
  placesAt(epoch: Epoch, places: readonly string[]): string[] {
    const secret = this.#secret('place')
    const order = new Map(places.map(place => [bytesToHex(hashOf(secret, utf8ToBytes(place))), place]))
    const ring = [...order.keys()].sort().map(digest => order.get(digest) as string)
    const size = Math.max(1, Math.floor(ring.length / 2))
    return ring.length === 0
      ? []
      : Array.from({ length: size }, (_, number) => ring[(epoch * size + number) % ring.length] as string)
  }

  #drawn(purpose: string, epoch: Epoch): Uint8Array {
    return hashOf(this.#secret(purpose), ...[this.#periodSeconds, epoch].map(numberBytes))
  }

  /** Give what nobody can tell who does not know the room, for *purpose*. */
  #secret(purpose: string): Uint8Array {
    const { app, room } = this.#room
    return sha256(utf8ToBytes(['peerset/phase/1', purpose, app, room, this.#password].join('\0')))
  }
}

/**
 * Which epochs a member announces: the one that it is, and around a border both.
 *
 * It comes before the border and stays after it for half of `PHASE_BORDER_SECONDS`, and for up to `PHASE_JITTER_SECONDS`
 * more, which is drawn for each border, so that members do not come and go all at once.
 */
export class Epochs {
  readonly #periodSeconds: number
  readonly #rng: Pick<Rng, 'uniform'>
  /** For how long before and after the border at which each epoch begins both are announced. */
  readonly #margins = new Map<Epoch, readonly [before: number, after: number]>()

  constructor(periodSeconds: number, rng: Pick<Rng, 'uniform'>) {
    this.#periodSeconds = periodSeconds
    this.#rng = rng
  }

  /** Give the epochs to be announced, in order. */
  at(unix: number): Epoch[] {
    return this.#near(unix).filter(epoch => this.#begin(epoch) <= unix && unix < this.#end(epoch))
  }

  /** Say for how long that will be so. */
  restSeconds(unix: number): number {
    const changes = this.#near(unix).flatMap(epoch => [this.#begin(epoch), this.#end(epoch)])
    return Math.min(...changes.filter(change => change > unix)) - unix
  }

  #near(unix: number): Epoch[] {
    const epoch = Math.floor(unix / this.#periodSeconds)
    return [epoch - 1, epoch, epoch + 1]
  }

  #begin(epoch: Epoch): number {
    return epoch * this.#periodSeconds - this.#margin(epoch)[0]
  }

  #end(epoch: Epoch): number {
    return (epoch + 1) * this.#periodSeconds + this.#margin(epoch + 1)[1]
  }

  #margin(border: Epoch): readonly [before: number, after: number] {
    const known = this.#margins.get(border)
    if (known !== undefined) return known
    const draw = () => PHASE_BORDER_SECONDS / 2 + this.#rng.uniform(0, PHASE_JITTER_SECONDS)
    const margin = [draw(), draw()] as const
    this.#margins.set(border, margin)
    const [oldest] = this.#margins.keys()
    if (this.#margins.size > BORDERS_KEPT && oldest !== undefined) this.#margins.delete(oldest)
    return margin
  }
}

function hashOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Write *number* in 8 bytes, the highest first. */
function numberBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(number))
  return bytes
}
