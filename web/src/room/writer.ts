/** What our user writes in a room: signed, and dated after all that it follows. */

import type { Json } from '../core/action.ts'
import { addressText, digestOf, keyOf } from '../core/deletion.ts'
import { makeFilter } from '../core/filter.ts'
import { FUTURE_SECONDS_MAX, TAG_VALUE_BYTES_MAX } from '../core/limits.ts'
import {
  isKeyedKind,
  isVersionedKind,
  KIND_DELETION,
  KIND_RECORD,
  type Record,
  type RecordId,
  type Tags,
} from '../core/record.ts'
import { type RoomName, type RoomTag, roomTag, shortened } from '../core/signal.ts'
import { MICROSECONDS, splitStamp, stampOf } from '../core/stamp.ts'
import { type AnyId, nameOf } from '../core/typed.ts'
import type { Draft } from '../data/desk.ts'
import { AgeError, ConfigError } from '../errors.ts'
import { OWN } from '../moderation/rows.ts'
import type { Versions } from '../moderation/versions.ts'
import type { RoomEvent } from '../notices.ts'
import type { Signer } from '../ports.ts'
import { tagsOf, textOf } from './content.ts'
import type { Reading, RoomParts } from './peer.ts'
import type { Publication } from './room.ts'
import type { Sealing } from './sealing.ts'
import type { Wallet } from './wallet.ts'

/** What it has beside: null, or left out, where a room is not sealed, and asks for no grants. */
type Means = Pick<RoomParts, 'sealing' | 'wallet'>

type Deletion = [kind: number, Tags, text: string, follows: readonly Record[]]

const AHEAD_MAX = FUTURE_SECONDS_MAX * MICROSECONDS

/**
 * Signs records for one room.
 *
 * A record is dated by the clock, but later than our last record here, the version or deletion it replaces, and what its
 * `e` tags with the mark `prev` name: so readers see it after those, on every peer.
 */
export class Writer {
  readonly #signer: Signer
  readonly #roomTag: RoomTag
  readonly #store: Reading
  /** Gives the time in microseconds since 1970-01-01 UTC. */
  readonly #clock: () => number
  readonly #sealing: Sealing | null
  readonly #wallet: Wallet | null
  /** The latest stamp of ours in this room. */
  #last = 0
  #isStarted = false

  constructor(signer: Signer, room: RoomName, store: Reading, clock: () => number, means: Partial<Means> = {}) {
    this.#sealing = means.sealing ?? null
    this.#wallet = means.wallet ?? null
    this.#signer = signer
    this.#roomTag = roomTag(room)
    this.#store = store
    this.#clock = clock
  }

  /** Read what a user publishes, for `sign`; throws what `Room.publish` says. */
  read(content: Json, { kind = KIND_RECORD, tags = [], collection }: Publication): [kind: number, Tags, text: string] {
    const extra = collection == null ? [] : [['c', collection]]
    return [kind, [...extra, ...tagsOf(tags)], textOf(content)]
  }

  /**
   * Read the deletion of *target*, which is asked for by *asked*, for `sign`; throws what `Room.delete` says.
   *
   * Of a current version, all before it go: by its id alone, the last would show again.
   */
  readDeletion(asked: AnyId, target: Record | null, versions: Pick<Versions, 'current'>): Deletion {
    if (target === null) throw new ConfigError(`there is no record ${nameOf(asked)} here`)
    const { id, author, kind } = target
    if (author !== this.#signer.publicKey) {
      throw new ConfigError(`record ${shortened(id)} is not ours: only its author can delete it`)
    }
    const text = addressText(kind, author, keyOf(target))
    const isCurrent = isVersionedKind(kind) && versions.current([target]).length > 0
    const isNamed = isCurrent && new TextEncoder().encode(text).length <= TAG_VALUE_BYTES_MAX
    return [KIND_DELETION, [['e', id], ...(isNamed ? [['a', text]] : []), ['k', String(kind)]], '', [target]]
  }

  /** Follow what comes in: our key may write elsewhere as well. */
  take(event: RoomEvent): void {
    if (event.type !== 'RecordAdded' || event.record.author !== this.#signer.publicKey) return
    this.#last = Math.max(this.#last, stampOf(event.record))
  }

  /**
   * Sign a record that is dated now, or just after what it follows; *follows* adds to what its tags say.
   *
   * Throws AgeError when that is so far ahead that nobody would take it.
   */
  async sign(kind: number, tags: Tags, content: string, follows: readonly Record[] = []): Promise<Record> {
    const followed = [...follows, ...(await this.#followed(kind, tags))].map(stampOf)
    const [record] = await this.signTogether([{ kind, tags, content, after: Math.max(0, ...followed) }])
    return record as Record
  }

  /**
   * Sign records that are dated in one second, in their order, and at the end what *closing* makes of them.
   *
   * Throws AgeError when what one of them follows is so far ahead that nobody would take it.
   */
  async signTogether(drafts: readonly Draft[], closing?: (records: readonly Record[]) => Draft): Promise<Record[]> {
    const followed = [...drafts.map(({ after }) => after), ...(await this.#deleted(drafts))]
    await this.#start()
    let stamp = this.#reserve(followed, drafts.length + (closing === undefined ? 0 : 1))
    const records: Record[] = []
    for (const draft of drafts) {
      records.push(await this.#signed((await this.#wallet?.granted(draft, this.#store)) ?? draft, stamp++))
    }
    if (closing !== undefined) records.push(await this.#signed(closing(records), stamp))
    return records
  }

  async #signed(given: Draft, stamp: number): Promise<Record> {
    const { createdAt, tags: stamped } = splitStamp(stamp)
    const { kind, tags, content } = given
    const granted = this.#wallet?.tags(given, createdAt) ?? []
    const draft = { createdAt, kind, tags: [['h', this.#roomTag], ...stamped, ...tags, ...granted], content }
    return (await this.#sealing?.sign(this.#signer, draft)) ?? (await this.#signer.sign(draft))
  }

  /** Give the first of *count* stamps in a row, all of one second. */
  #reserve(followed: readonly number[], count: number): number {
    const clock = this.#clock()
    // Our own last record does not count when a wrong clock dated it: we would be silent until then.
    const last = this.#last < clock + AHEAD_MAX ? this.#last : 0
    let stamp = Math.max(clock, ...[last, ...followed].map(each => each + 1))
    const within = stamp % MICROSECONDS
    if (within + count > MICROSECONDS) stamp += MICROSECONDS - within
    if (stamp > clock + AHEAD_MAX) {
      const ahead = Math.floor((stamp - clock) / MICROSECONDS)
      throw new AgeError(
        `what this record follows is dated ${ahead} s ahead of our clock; nobody takes records that are dated more than ${FUTURE_SECONDS_MAX} s ahead`,
      )
    }
    this.#last = Math.max(last, stamp + count - 1)
    return stamp
  }

  async #start(): Promise<void> {
    if (this.#isStarted) return
    const until = Math.floor(this.#clock() / MICROSECONDS) + FUTURE_SECONDS_MAX
    const ours = await this.#store.query(makeFilter({ authors: [this.#signer.publicKey], until, limit: 1 }))
    this.#last = Math.max(this.#last, ...ours.map(stampOf))
    this.#isStarted = true
    // Without it, this goes when the disk is full, as what others wrote.
    await this.#store.note(OWN, this.#signer.publicKey, '').catch(() => {})
  }

  async #followed(kind: number, tags: Tags): Promise<Record[]> {
    const named = tags.filter(([name, , , mark]) => name === 'e' && mark === 'prev').map(tag => tag[1] as RecordId)
    const found = named.length > 0 ? await this.#store.get(named) : []
    if (!isVersionedKind(kind)) return found
    const key = isKeyedKind(kind) ? { tags: { d: [keyOf({ kind, tags })] } } : {}
    const versions = makeFilter({ authors: [this.#signer.publicKey], kinds: [kind], ...key, limit: 1 })
    return [...found, ...(await this.#store.query(versions))]
  }

  /** Give the last microsecond in which what is written is deleted already: deletions count by the second. */
  async #deleted(drafts: readonly Draft[]): Promise<number[]> {
    const author = this.#signer.publicKey
    const versioned = drafts.filter(({ kind }) => isVersionedKind(kind))
    if (versioned.length === 0) return []
    const names = versioned.flatMap(draft => {
      const key = keyOf(draft)
      return (this.#sealing?.keys(key) ?? [key]).map(each => digestOf(addressText(draft.kind, author, each)))
    })
    const marks = await this.#store.marks(names.map(name => [name, author] as const))
    return marks.map(mark => (mark.createdAt + 1) * MICROSECONDS - 1)
  }
}
