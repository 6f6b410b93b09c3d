/**
 * What pins show of a room: records older than its window, which a member has inside (docs/protocol.md, "Pins").
 *
 * They rest in the store beside the members, so whatever reads it finds them; they are older than every root, and in none.
 */

import type { UnixTime } from '../core/clock.ts'
import { outlineOf } from '../core/deletion.ts'
import { makeFilter } from '../core/filter.ts'
import { KIND_DELETION, KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import { PeersetError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Lens, Store } from '../ports.ts'
import type { Expired } from '../protocol/inputs.ts'
import { questionsAbout, Tombstones } from '../protocol/tombstones.ts'
import { heldBy } from './pinning.ts'

const STIRRING: ReadonlySet<number> = new Set([KIND_DELETION, KIND_PIN])

/** What is known of a pin without its content. */
interface Pinned {
  readonly id: RecordId
  readonly createdAt: UnixTime
  readonly held: RecordId
  /** When that was made. */
  readonly heldAt: UnixTime
}

/** Who is told of what comes in, and of what goes. */
interface Voice {
  tell(event: RoomEvent): void
}

/** What guests are kept with. */
export interface GuestParts {
  readonly store: Store
  /** Give the ids of what the user destroyed. */
  readonly purged: () => Promise<Pick<ReadonlyMap<RecordId, unknown>, 'has'>>
  readonly tell: (event: RoomEvent) => void
}

/** Keep what pins show, as *lens* opens it, and let *voice* tell of it. */
export function openGuests(parts: Omit<GuestParts, 'tell'>, voice: Voice, lens: Lens | null): Guests {
  const tell: GuestParts['tell'] = event => {
    voice.tell(event.type === 'RecordAdded' && lens !== null ? { ...event, record: lens.open(event.record) } : event)
  }
  return new Guests({ ...parts, tell })
}

/** Keeps them in a store, and tells of those that come in and go, of these by which pin they were seen last. */
export class Guests {
  readonly #store: Store
  readonly #purged: GuestParts['purged']
  readonly #tell: (event: RoomEvent) => void
  readonly #pins = new Map<RecordId, Pinned>()
  #isLoaded = false
  /** What is older was collected. */
  #before = 0
  /** What is here, by a pin that shows it. */
  #here = new Map<RecordId, RecordId>()
  /** What was here when that was asked last: the same while nothing changed. */
  #kept: ReadonlySet<RecordId> = new Set()
  /** What pins hold, and its author deleted. */
  readonly #deleted = new Set<RecordId>()
  #isDoubtful = false
  #isTelling = false
  #isDue = false
  #work: Promise<void> | null = null
  #settled: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor({ store, purged, tell }: GuestParts) {
    this.#store = store
    this.#purged = purged
    this.#tell = event => {
      this.#isTelling = true
      try {
        tell(event)
      } finally {
        this.#isTelling = false
      }
    }
  }

  /** Give what is here. */
  async here(): Promise<readonly RecordId[]> {
    return [...this.#here.keys()]
  }

  /** Follow what comes and goes. */
  take(event: RoomEvent): void {
    if (this.#isTelling) return
    if (event.type === 'StorageDamaged' || event.type === 'StorageEvicted') return this.doubt()
    if (event.type === 'RecordAdded') {
      // Nothing else changes what pins show, and most that is added is something else.
      if (!STIRRING.has(event.record.kind)) return
      this.#add([event.record])
    } else if (event.type === 'RecordDeleted') {
      this.#pins.delete(event.id)
      this.#here.delete(event.id)
      this.#deleted.add(event.id)
    } else if (event.type === 'RecordsExpired') {
      for (const { id, createdAt } of [...this.#pins.values()]) if (createdAt < event.before) this.#pins.delete(id)
      // Deletions grow old as well.
      this.#deleted.clear()
    } else return
    if (this.#pins.size + this.#here.size > 0) this.#stir()
    else this.#deleted.clear()
  }

  /** Let the store collect what is older than *before*, but for what pins show from then on. */
  async expire(before: UnixTime): Promise<Expired> {
    await this.#load()
    this.#before = before
    const wanted = await this.#wanted()
    const isSure = (id: RecordId) => this.#here.has(id) && !this.#isDoubtful
    const whole = await this.#whole([...wanted.keys()].filter(id => !isSure(id)))
    const kept = [...wanted].filter(([id]) => isSure(id) || whole.has(id))
    const count = await this.#store.expire(before, new Set(kept.map(([id]) => id)))
    // What the browser took away, or nobody wants any more, is seen to by what follows.
    const unwanted = [...this.#here].filter(([id]) => !wanted.has(id))
    this.#here = new Map([...unwanted, ...kept])
    this.#isDoubtful = false
    this.#stir()
    return { type: 'Expired', count, kept: this.#keptNow() }
  }

  /** Look with the next collection whether all of it is here still: the browser took something away, or the disk was full. */
  doubt(): void {
    this.#isDoubtful = true
  }

  /**
   * Give those of *ids* whose content is here: as a rule of what has grown old since the last collection.
   *
   * A shell goes, as of a full disk or a narrow window, so that what is inside the pin takes its place.
   */
  async #whole(ids: readonly RecordId[]): Promise<ReadonlySet<RecordId>> {
    if (ids.length === 0) return new Set()
    const wires = await this.#store.wires(ids)
    return new Set(ids.filter((_, at) => (wires[at]?.length ?? 0) > 0))
  }

  /** Let what is here be what pins show; refused with a StoreError when the store cannot be read or written. */
  async settle(): Promise<void> {
    const settled = this.#settled.then(() => this.#settle())
    this.#settled = settled.catch(() => {})
    await settled
  }

  async #settle(): Promise<void> {
    await this.#load()
    const wanted = await this.#wanted()
    for (const [id, pin] of [...this.#here].filter(([id]) => !wanted.has(id))) {
      await this.#store.add([], { removed: [id] })
      this.#here.delete(id)
      this.#tell({ type: 'RecordDeleted', id, by: pin })
    }
    for (const [id, pin] of wanted) if (!this.#here.has(id)) await this.#bring(id, pin)
  }

  /** Do nothing more: the store is closed. */
  close(): void {
    this.#isClosed = true
  }

  /** Do soon what is to be done; what the store cannot do now is tried again after the next pin or collection. */
  #stir(): void {
    this.#isDue = true
    this.#work ??= this.#run().finally(() => {
      this.#work = null
    })
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false
      await this.settle().catch(error => {
        if (!this.#isClosed) this.#complain(error)
      })
    }
  }

  #complain(error: unknown): void {
    if (!(error instanceof PeersetError)) throw error
    this.#tell({ type: 'StorageFailed', reason: `what pins show could not be read or written: ${error.message}` })
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return
    this.#add(await this.#store.query(makeFilter({ kinds: [KIND_PIN] })))
    this.#isLoaded = true
  }

  #add(records: readonly Record[]): void {
    for (const { id, createdAt, ...pin } of records.filter(({ kind }) => kind === KIND_PIN)) {
      const held = heldBy({ id, createdAt, ...pin })
      if (held !== null) this.#pins.set(id, { id, createdAt, held: held.id, heldAt: held.createdAt })
    }
  }

  /** Give what is to be here, each by the oldest of the pins that show it. */
  async #wanted(): Promise<Map<RecordId, RecordId>> {
    const purged = await this.#purged()
    const pins = [...this.#pins.values()].sort(
      (one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1),
    )
    const shown = pins.filter(
      ({ held, heldAt }) => heldAt < this.#before && !this.#deleted.has(held) && !purged.has(held),
    )
    return new Map(shown.map(({ held, id }) => [held, id]))
  }

  async #bring(id: RecordId, pin: RecordId): Promise<void> {
    const [found] = await this.#store.get([pin])
    const held = found === undefined ? null : heldBy(found)
    if (held === null || (await this.#store.named([id])).length > 0 || !(await this.#isWanted(held))) return
    await this.#store.add([held])
    // A deletion may have come in between.
    if (!(await this.#isWanted(held))) return await this.#store.add([], { removed: [id] })
    this.#here.set(id, pin)
    this.#tell({ type: 'RecordAdded', record: held, peer: null, isGuest: true })
  }

  /** Say whether no deletion by its author covers it. */
  async #isWanted(held: Record): Promise<boolean> {
    const covering = new Tombstones()
    covering.learn(await this.#store.marks(questionsAbout([held])))
    if (covering.covering(outlineOf(held)) === null) return true
    this.#deleted.add(held.id)
    return false
  }

  #keptNow(): ReadonlySet<RecordId> {
    const isSame = this.#kept.size === this.#here.size && [...this.#here.keys()].every(id => this.#kept.has(id))
    if (!isSame) this.#kept = new Set(this.#here.keys())
    return this.#kept
  }
}
