/** How a room is sealed: by its secrets, what is written is put into envelopes and what comes is opened. Loaded by pages that seal a room. */

import { derive } from '../adapters/deriving.ts'
import { opened } from '../adapters/opened.ts'
import { systemRng } from '../adapters/system.ts'
import { NONCE_BYTES, openRecord, sealBody, VISIBLE_TAGS } from '../core/envelope.ts'
import type { PublicKey } from '../core/keys.ts'
import { SEALS_MAX } from '../core/limits.ts'
import {
  type Fields,
  isKeyedKind,
  KIND_DELETION,
  KIND_PIN,
  type Record,
  type RecordId,
  sealIdOf,
  type Tags,
} from '../core/record.ts'
import type { Rng } from '../core/rng.ts'
import { makeSeals, type Seals } from '../core/seal.ts'
import type { RoomTag } from '../core/signal.ts'
import { several, shown } from '../core/typed.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import { withContentRules } from '../moderation/content-rules.ts'
import type { Rulebook } from '../moderation/rulebook.ts'
import type { Draft, Lens, Signer, Store } from '../ports.ts'
import type { Room } from './room.ts'

/** Secrets such as `seal1...`, or passphrases, the newest first. */
export type AnySeal = string | readonly string[]

/** By which secrets a room is read, and how many of its records are read by none, as far as they came by here. */
export interface SealStatus {
  /** What tells our secrets apart, the newest first; it gives nothing of them away. */
  readonly ids: readonly string[]
  /** Records sealed by secrets that are not ours. */
  readonly foreign: number
  /** Records that say they are sealed by a secret of ours, and are not. */
  readonly broken: number
  /** Records that are not sealed at all. */
  readonly unsealed: number
}

/** Of a room what is told of, and its end of that. */
type Told = Pick<Room, 'on' | 'take' | 'isOpen'>

const READ_AT_ONCE = 500
/** So many records that were here before are looked at: opening each takes a page a twentieth of a millisecond. */
export const LOOKED_AT_MAX = 4_096

/**
 * Read the secrets of a room, and what becomes of its *rules*; a passphrase takes a second or more, in a worker.
 *
 * Refused with a ConfigError for what is none, for too many, where there is no memory for a passphrase, and as
 * `withContentRules` says.
 */
export async function openSealing(given: AnySeal, roomTag: RoomTag, rules: Rulebook): Promise<Sealing> {
  const rulebook = withContentRules(rules)
  const texts = typeof given === 'string' ? [given] : several(given)
  const wrong = texts.find(text => typeof text !== 'string')
  // It may be a secret in another form, so it is not shown.
  if (wrong !== undefined) throw new ConfigError(`a seal is a text, or several, not ${shown(typeof wrong)}`)
  return new Sealing(await makeSeals(texts as string[], roomTag, derive), systemRng(), rulebook)
}

/** Seals and opens the records of one room. */
export class Sealing implements Lens {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  /** The rules of the room, sealed. */
  readonly rulebook: Rulebook
  readonly #seals: Seals
  readonly #rng: Rng
  readonly #counts = { foreign: 0, broken: 0, unsealed: 0 }
  /** The secrets that are not ours, of which our user was told. */
  readonly #strange = new Set<string>()

  constructor(seals: Seals, rng: Rng, rulebook: Rulebook) {
    this.rulebook = rulebook
    this.#seals = seals
    this.#rng = rng
  }

  get ids(): readonly string[] {
    return [...this.#seals.byId.keys()]
  }

  /** How the room stands. */
  get status(): SealStatus {
    return { ids: this.ids, ...this.#counts }
  }

  /**
   * Count what does not open of the newest in *store*, and of what *room* is told of; tell it once of each secret that is
   * not ours and came up since, as long as they are not too many.
   */
  follow(room: Told, store: Pick<Store, 'entries' | 'get'>): void {
    const counted = new Set<RecordId>()
    const looking = this.#look(store, room, counted)
      .catch(error => room.isOpen && room.take({ type: 'StorageFailed', reason: `what is sealed: ${String(error)}` }))
      .finally(() => counted.clear())
    let isLooking = true
    void looking.then(() => {
      isLooking = false
    })
    room.on(event => {
      if (event.type !== 'RecordAdded' || counted.has(event.record.id)) return
      if (isLooking) counted.add(event.record.id)
      if (this.#count(event.record) === 'foreign') this.#note(event.record, room)
    })
  }

  open(record: Record): Record {
    return openRecord(this.#seals, record)
  }

  hidden(name: string, value: string): readonly string[] {
    return this.#seals.hidden(name, value)
  }

  /** Give *store* so that what it holds is read as it was before it was sealed. */
  over(store: Store): Store {
    return opened(store, this)
  }

  /**
   * Have *signer* sign *draft* in an envelope, and give that as its author reads it. A pin is not sealed: it holds an
   * envelope, by which all judge it, whatever they read. Refused with a MalformedError when it would show a tag.
   */
  async sign(signer: Signer, draft: Draft): Promise<Record> {
    const { createdAt, kind, content } = draft
    if (kind === KIND_PIN) {
      const [shown] = draft.tags.find(([name = '']) => !VISIBLE_TAGS.has(name)) ?? []
      if (shown === undefined) return await signer.sign(draft)
      throw new MalformedError(`a pin is not sealed, so in a sealed room it has no tag "${shown}"`)
    }
    const tags = kind === KIND_DELETION ? draft.tags.flatMap(tag => this.#named(tag)) : draft.tags
    const fields = { author: signer.publicKey, createdAt, kind, tags, content } as Fields
    const body = sealBody(this.#seals.newest, fields, this.#rng.randomBytes(NONCE_BYTES))
    return this.open(await signer.sign({ createdAt, kind, ...body }))
  }

  /** Give the keys by which others may know the key of a record of ours; all that there are have another for each secret. */
  keys(key: string): readonly string[] {
    return key === '' ? [key] : this.hidden('d', key)
  }

  async #look(store: Pick<Store, 'entries' | 'get'>, room: Told, counted: Set<RecordId>): Promise<void> {
    const ids = (await store.entries()).slice(-LOOKED_AT_MAX).map(([, id]) => id as RecordId)
    for (let start = 0; start < ids.length && room.isOpen; start += READ_AT_ONCE) {
      const fresh = ids.slice(start, start + READ_AT_ONCE).filter(id => !counted.has(id))
      for (const record of await store.get(fresh)) {
        if (counted.has(record.id)) continue
        counted.add(record.id)
        this.#count(record)
      }
    }
  }

  #count({ unread }: Record): Record['unread'] {
    if (unread !== undefined) this.#counts[unread] += 1
    return unread
  }

  #note({ id, tags }: Record, room: Told): void {
    const seal = sealIdOf(tags)
    // Strangers may name as many secrets as they like.
    if (seal === null || this.#strange.has(seal) || this.#strange.size >= SEALS_MAX) return
    this.#strange.add(seal)
    room.take({ type: 'SealUnknown', seal, id })
  }

  /** Name addresses in a deletion as all know them, under whichever secret that was. */
  #named(tag: readonly string[]): Tags {
    const [, kind, author, key] = (tag[0] === 'a' && ADDRESS.exec(tag[1] ?? '')) || []
    if (key === undefined || !isKeyedKind(Number(kind))) return [tag]
    return this.keys(key).map(each => ['a', `${kind}:${author as PublicKey}:${each}`, ...tag.slice(2)])
  }
}

const ADDRESS = /^(0|[1-9][0-9]{0,4}):([0-9a-f]{64}):(.*)$/s
