/** Which version we wrote last of each register: who writes it again need not ask the store for all there are. */

import { EXPIRATION_TAG } from '../core/expiration.ts'
import { DOCUMENT_LINKS_MAX, OWN_HEADS_MAX } from '../core/limits.ts'
import { KIND_KEYED, KIND_RECORD, type Record, type RecordId, tagValues } from '../core/record.ts'
import { stampOf } from '../core/stamp.ts'
import type { Definition } from '../documents/definition.ts'
import { BATCH_TAG, type Version, VOID } from '../documents/document.ts'
import type { RoomEvent } from '../notices.ts'
import type { Desk } from './desk.ts'
import type { Distant } from './distant.ts'

/** A register as its versions name it: `collection/key`. */
type Register = string

/**
 * The registers of which a version of ours is the only head, and that version.
 *
 * A version that follows all heads is the only one, until anything else happens that may touch its register: what that is
 * need not be understood here, it is enough to forget.
 */
export class OwnHeads {
  readonly #heads = new Map<Register, Version>()
  /** Of which it was asked what a new version follows, and the versions that came since. */
  readonly #asked = new Map<Register, RecordId[]>()
  /** Rules say anew with each record which versions count: nothing is known then. */
  readonly #hasRules: () => boolean

  constructor(hasRules: () => boolean = () => false) {
    this.#hasRules = hasRules
  }

  /** Of how many registers it is known. */
  get size(): number {
    return this.#heads.size
  }

  /** Give the only head of a register; undefined when that is not known. */
  get(register: Register): Version | undefined {
    return this.#hasRules() ? undefined : this.#heads.get(register)
  }

  /** Note that what a new version of *register* follows is looked up from now on, by who has its turn. */
  ask(register: Register): void {
    putLast(this.#asked, register, [])
  }

  /** Note that *record* is saved; a version follows all heads that there were when it was asked. */
  keep(definition: Definition, record: Record): void {
    const register = registerOf(record)
    const came = this.#asked.get(register)
    this.#asked.delete(register)
    const isAlone = !this.#hasRules() && came?.length === 1 && came[0] === record.id
    if (isAlone && isOnlyHead(definition, record)) putLast(this.#heads, register, versionOf(record))
  }

  /** Forget all. */
  clear(): void {
    this.#heads.clear()
    this.#asked.clear()
  }

  /** Follow what happens in the room. */
  take(event: RoomEvent): void {
    switch (event.type) {
      case 'RecordAdded':
        return this.#added(event.record)
      case 'CollectionChanged':
        return event.turnover === null ? this.clear() : undefined
      case 'RecordDeleted':
      case 'RecordHidden':
      case 'RecordsExpired':
      case 'CurtainChanged':
      case 'ProjectionDropped':
      case 'StorageDamaged':
      case 'StorageEvicted':
      case 'StorageUnavailable':
        return this.clear()
    }
  }

  #added(record: Record): void {
    // It may complete a batch, or delete, and others count from then on.
    const isOther = record.kind !== KIND_RECORD && record.kind !== KIND_KEYED
    if (isOther || tagValues(record, BATCH_TAG).length > 0) return this.clear()
    if (record.kind !== KIND_KEYED) return
    const register = registerOf(record)
    this.#heads.delete(register)
    this.#asked.get(register)?.push(record.id)
  }
}

const known = new WeakMap<object, OwnHeads>()

/**
 * Give what is known in a room, from the first call on. Nothing is where another tab has the documents, of which what
 * happens is heard late.
 */
export function ownHeadsOf({ room, documents, hasRules, on }: Desk): OwnHeads | null {
  if ((documents as Partial<Distant>).renew !== undefined) return null
  const found = known.get(room)
  if (found !== undefined) return found
  const made = new OwnHeads(hasRules)
  known.set(room, made)
  on(event => made.take(event))
  return made
}

function putLast<Value>(map: Map<Register, Value>, register: Register, value: Value): void {
  map.delete(register)
  map.set(register, value)
  const [oldest] = map.keys()
  if (map.size > OWN_HEADS_MAX && oldest !== undefined) map.delete(oldest)
}

function registerOf(record: Record): Register {
  return tagValues(record, 'd')[0] ?? ''
}

/** Say whether a version that follows all heads is the only one from then on, whatever else befalls it. */
function isOnlyHead({ older }: Definition, { kind, tags }: Record): boolean {
  const names = tags.map(([name]) => name)
  if (kind !== KIND_KEYED || older.length > 0) return false
  if (names.filter(name => name === 'e').length >= DOCUMENT_LINKS_MAX) return false
  return !names.includes(EXPIRATION_TAG) && !names.includes(BATCH_TAG)
}

function versionOf(record: Record): Version {
  const { id, author, content } = record
  return { id, author, stamp: stampOf(record), state: content === '' ? VOID : 0, parents: [] }
}
