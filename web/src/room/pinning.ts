/** The pins of a room: records that outlast its window, since a member says so (docs/protocol.md, "Pins"). Loaded when asked for. */

import type { Moment, UnixTime } from '../core/clock.ts'
import { outlineOf } from '../core/deletion.ts'
import { hasExpired } from '../core/expiration.ts'
import { makeFilter } from '../core/filter.ts'
import type { PublicKey } from '../core/keys.ts'
import { pinContent, pinnedIn, pinTags } from '../core/pin.ts'
import { KIND_DELETION, KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import { type RoomName, shortened } from '../core/signal.ts'
import { stampOf } from '../core/stamp.ts'
import { type AnyId, nameOf } from '../core/typed.ts'
import type { Desk, Draft, Write } from '../data/desk.ts'
import { ageSeconds, lookAfter, lookSeconds } from '../data/renewal.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import { questionsAbout, Tombstones } from '../protocol/tombstones.ts'
import type { RoomParts } from './peer.ts'

/** One author's pin of one record. */
export interface Pin {
  /** Of the record that pins, of kind 1081. */
  readonly id: RecordId
  /** Who pins. */
  readonly author: PublicKey
  readonly createdAt: UnixTime
  /** What is pinned, signed by its own author. */
  readonly record: Record
}

/** What of a room pins. */
export interface PinBoard {
  readonly name: RoomName
  readonly store: Pick<RoomParts['store'], 'get' | 'query' | 'marks'>
  readonly signer: Pick<RoomParts['signer'], 'publicKey'>
  readonly driver: { now(): Moment }
  readonly keptSeconds: number
  readonly write: Write
  readonly get: (id: AnyId) => Promise<Record | null>
}

/** Do what `Room.pin` does. */
export async function pin(board: PinBoard, asked: AnyId): Promise<Record> {
  const target = await found(board, asked)
  const [known] = await ownPins(board, target)
  const [here] = known === undefined ? [] : await board.store.get([known.id])
  if (here !== undefined) return here
  const draft = { kind: KIND_PIN, tags: pinTags(target), content: pinContent(target), after: stampOf(target) }
  const [record] = await board.write([draft])
  return record as Record
}

/** Do what `Room.unpin` does. */
export async function unpin(board: PinBoard, asked: AnyId): Promise<Record> {
  const target = await found(board, asked)
  const own = await ownPins(board, target)
  if (own.length === 0) throw new ConfigError(`record ${shortened(target.id)} is not pinned by us`)
  const [record] = await board.write([deletionOf(own)])
  return record as Record
}

/** Give the pins in *store*, of *author* or of all, the newest first. */
export async function pinsIn(store: Pick<PinBoard['store'], 'query'>, author: PublicKey | null = null): Promise<Pin[]> {
  const records = await store.query(makeFilter({ kinds: [KIND_PIN], authors: author === null ? null : [author] }))
  return records.flatMap(each => {
    const record = heldBy(each)
    return record === null ? [] : { id: each.id, author: each.author, createdAt: each.createdAt, record }
  })
}

/** Give what *pin* holds; null where it holds nothing, which nobody has who keeps the rules of the room. */
export function heldBy(pin: Record): Record | null {
  try {
    return pinnedIn(pin)
  } catch (error) {
    if (error instanceof MalformedError) return null
    throw error
  }
}

/** Renew our pins from now on, until the room is left. */
export function renew(
  board: PinBoard,
  { keep, complain }: Pick<Desk, 'keep'> & { readonly complain: (reason: string) => void },
): void {
  const renewal = new Renewal(board)
  lookAfter({
    name: `peerset/pins/${JSON.stringify(board.name)}/${board.signer.publicKey}`,
    now: () => board.driver.now().unix,
    isDue: now => renewal.isDue(now),
    look: now => renewal.look(now),
    failed: error => complain(`pins of ours could not be renewed: ${String(error)}`),
    keep,
  })
}

/** Makes pins of ours anew before the window lets them go, and withdraws those whose record its author deleted. */
export class Renewal {
  readonly #board: PinBoard
  readonly #ageSeconds: number
  readonly #lookSeconds: number
  #next = 0

  constructor(board: PinBoard) {
    this.#board = board
    this.#ageSeconds = ageSeconds(board.keptSeconds)
    this.#lookSeconds = lookSeconds(board.keptSeconds)
  }

  /** Say whether it is time again. */
  isDue(now: UnixTime): boolean {
    return now >= this.#next
  }

  /** Renew and withdraw what is due, if it is time again; what cannot be written now is tried again. */
  async look(now: UnixTime): Promise<void> {
    if (!this.isDue(now)) return
    this.#next = now + this.#lookSeconds
    const { store, signer, write } = this.#board
    const pins = await pinsIn(store, signer.publicKey)
    // The content of what has expired goes here as everywhere.
    const own = pins.filter(({ record }) => !hasExpired(record, now))
    const covering = new Tombstones()
    covering.learn(await store.marks(questionsAbout(own.map(({ record }) => record))))
    for (const each of own) {
      const isDeleted = covering.covering(outlineOf(each.record)) !== null
      const isOld = each.createdAt < now - this.#ageSeconds
      const { record } = each
      const fresh: Draft = { kind: KIND_PIN, tags: pinTags(record), content: pinContent(record), after: 0 }
      if (isDeleted) await write([deletionOf([each])])
      else if (isOld) await write([fresh, deletionOf([each])])
    }
  }
}

function deletionOf(pins: readonly Pin[]): Draft {
  const tags = [...pins.map(({ id }) => ['e', id]), ['k', String(KIND_PIN)]]
  return { kind: KIND_DELETION, tags, content: '', after: 0 }
}

async function ownPins({ store, signer }: PinBoard, target: Record): Promise<Pin[]> {
  return (await pinsIn(store, signer.publicKey)).filter(({ record }) => record.id === target.id)
}

async function found({ get }: PinBoard, asked: AnyId): Promise<Record> {
  const target = await get(asked)
  if (target === null) throw new ConfigError(`there is no record ${nameOf(asked)} here`)
  return target
}
