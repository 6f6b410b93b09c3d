/**
 * The court of a room in the page: what its policies say of records, and what its user decides for this page alone.
 *
 * Quarantine, mutes, purges and bans are kept over reloads.
 */

import type { Moment } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { isEphemeral, KIND_DELETION, KIND_PIN, type Record, type RecordId } from '../core/record.ts'
import { shortened } from '../core/signal.ts'
import { type AnyId, type AnyKey, readAuthor, readWholeId, requireId } from '../core/typed.ts'
import type { Reject, Verdict } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import type { RoomEvent } from '../notices.ts'
import type { Policy, Store } from '../ports.ts'
import type { Input } from '../protocol/inputs.ts'
import type { Node } from '../protocol/node.ts'
import type { Subject } from '../protocol/strikes.ts'
import type { Ban, Ledger, Sentence } from './bans.ts'
import type { Court, Curtain, Hidden } from './curtain.ts'
import type { Explanation } from './explaining.ts'
import { Late } from './late.ts'
import type { Refusals } from './refusals.ts'
import { MUTED, PURGED, QUARANTINE, RELEASED, STRIKES } from './rows.ts'
import type { Rulebook } from './rulebook.ts'
import { Shadows } from './shadows.ts'
import { Versions } from './versions.ts'

/** What a moderator may ask of its room. */
export interface Ties {
  readonly now: () => Moment
  readonly tell: (event: RoomEvent) => void
  /** Let the node take an input, and wait until it has. */
  readonly act: (input: Input) => Promise<void>
  /** Throw a RoomClosedError when the room was left, or failed. */
  readonly checkOpen: () => void
}

/** Moderates one room, which asks it to `judge` and tells it what happens by `take`; made by `Moderator.open`. */
export class Moderator {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly #store: Store
  readonly #ties: Ties
  readonly #panel: Court
  readonly #policies: readonly Policy[]
  /** What admission policies refused; made where there are any. */
  readonly refusals: Refusals | null
  /** Which members set rules hide. */
  readonly shadows: Shadows
  /** Made once anything may be hidden here. */
  readonly #curtain: Late<Curtain>
  /** Made once anything is held against anybody. */
  readonly #ledger: Late<Ledger>

  private constructor(store: Store, ties: Ties, parts: Parts) {
    this.#store = store
    this.#ties = ties
    this.#panel = parts.panel
    this.#policies = parts.policies
    this.refusals = parts.refusals
    this.shadows = parts.shadows
    this.#curtain = parts.curtain
    this.#ledger = parts.ledger
  }

  /** Take up what an earlier life noted in *store*, and what its members shadow. */
  static async open(node: Node, store: Store, rulebook: Rulebook, ties: Ties): Promise<Moderator> {
    const { now, tell } = ties
    const onComplaint = (policy: string, reason: string) => tell({ type: 'PolicyFailed', policy, reason })
    const ledger = new Late(async () => {
      const { Ledger } = await import('./bans.ts')
      return new Ledger(store, node, { now, saved: await store.notes(STRIKES), onEvent: tell })
    })
    const shadows = new Shadows(rulebook.setRules, new Versions(await store.versions()))
    await shadows.start(store)
    const views = await openPanel(rulebook.views, onComplaint)
    const curtain = new Late(async () => (await import('./curtain.ts')).Curtain.open(store, views, { onEvent: tell }))
    const panel = await openPanel(rulebook.admission, onComplaint)
    const refusals = panel.isEmpty ? null : new (await import('./refusals.ts')).Refusals()
    const moderator = new Moderator(store, ties, {
      panel,
      policies: rulebook.admission,
      refusals,
      shadows,
      curtain,
      ledger,
    })
    if (!views.isEmpty || (await hasNotes(store, QUARANTINE, RELEASED, MUTED))) await curtain.get()
    if (await hasNotes(store, STRIKES)) await ledger.get()
    return moderator
  }

  /** Give what the admission policies say of *records*, in order. */
  async judge(records: readonly Record[]): Promise<Verdict[]> {
    const isPlain = records.every(({ kind }) => kind !== KIND_PIN)
    const verdicts = isPlain ? await this.#panel.judge(records) : await this.#judgePins(records)
    this.refusals?.add(records, verdicts)
    return verdicts
  }

  /** Follow what happens in the room. */
  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded' && event.isGuest) this.shadows.show(event.record)
    else if (event.type === 'RecordAdded' && !isEphemeral(event.record)) this.#added(event.record)
    else if (event.type === 'RecordDeleted') this.shadows.remove(event.id)
    else if (event.type === 'RecordsExpired') this.shadows.removeBefore(event.before, event.kept)
    this.#curtain.made?.take(event)
    this.refusals?.take(event)
    if (event.type === 'StrikeCounted' && event.state !== 'clear') this.#hold(event)
  }

  /** Say whether a view policy or a mute hides *record* from readers here. */
  hides(record: Record): boolean {
    return this.#curtain.made?.hides(record) ?? false
  }

  /** Save a last time, and judge nothing more. */
  async close(): Promise<void> {
    await (await this.#ledger.settled())?.notebook.close()
    this.#curtain.made?.close()
  }

  /** Give the set rule that hides a member from `records`, with its reason; null when it is seen. */
  shadowing(id: AnyId): Reject | null {
    return this.shadows.shadowing(readWholeId(id))
  }

  /** Say why readers here do not see a record, which may have been refused, or what its batch lacks; null when they do. */
  async explain(id: AnyId): Promise<Explanation | null> {
    const { explain } = await import('./explaining.ts')
    return await explain(this, this.#store, id, this.#ties.now().unix)
  }

  /** Give what view policies hide here, oldest first; `get` still gives such a record. */
  quarantine(): Hidden[] {
    return this.#curtain.made?.quarantine() ?? []
  }

  /** Wait until the view policies have seen every record that is here; throws RoomClosedError when the room is left. */
  async judged(): Promise<void> {
    this.#ties.checkOpen()
    await this.#curtain.made?.judged()
    this.#ties.checkOpen()
  }

  /** Show a quarantined record, now and after every reload; throws ConfigError when it is not in quarantine. */
  async release(id: AnyId): Promise<void> {
    this.#ties.checkOpen()
    const found = await requireId(id, this.#store)
    if (!(await this.#curtain.made?.release(found)))
      throw new ConfigError(`record ${shortened(found)} is not in quarantine`)
    this.#ties.tell({ type: 'CurtainChanged' })
  }

  /**
   * Destroy a record's content here, for good; its id stays in the set, so it is never fetched again.
   *
   * Throws ConfigError when the record is not here, or is a deletion, which must stay.
   */
  async purge(given: AnyId): Promise<void> {
    this.#ties.checkOpen()
    const id = await requireId(given, this.#store)
    const [found] = await this.#store.get([id])
    if (found === undefined) throw new ConfigError(`there is no record ${shortened(id)} here`)
    if (found.kind === KIND_DELETION) {
      throw new ConfigError(`record ${shortened(id)} is a deletion: without it, what it deletes would come back`)
    }
    await this.#store.note(PURGED, id, '')
    await this.destroy([id])
  }

  /** Destroy the content of members, wherever it rests. */
  async destroy(ids: readonly RecordId[]): Promise<void> {
    await this.#store.purge(ids)
    await this.#ties.act({ type: 'Purged', ids })
    for (const id of ids) {
      this.shadows.purge(id)
      this.#curtain.made?.forget(id)
    }
  }

  /** Hide everything by *author*, a key in hex or an npub, here; throws ConfigError when it is neither. */
  async mute(author: AnyKey): Promise<void> {
    this.#ties.checkOpen()
    const who = readAuthor(author)
    await (await this.#curtain.get()).mute(who)
    this.#ties.tell({ type: 'CurtainChanged' })
  }

  /** Show what *author* writes again. */
  async unmute(author: AnyKey): Promise<void> {
    this.#ties.checkOpen()
    const who = readAuthor(author)
    await this.#curtain.made?.unmute(who)
    this.#ties.tell({ type: 'CurtainChanged' })
  }

  /** Give the authors that are muted. */
  muted(): PublicKey[] {
    return this.#curtain.made?.muted() ?? []
  }

  /** Give whose sessions are refused, the first ban to end first. */
  bans(): Ban[] {
    return this.#ledger.made?.bans() ?? []
  }

  /**
   * End every session of a key, or of a network address, and refuse new ones for *seconds*, over reloads too.
   *
   * Throws ConfigError when *seconds* are none, or more than a hundred years, or *subject* can be nobody else's.
   */
  async ban(subject: AnyKey, sentence: Sentence): Promise<void> {
    this.#ties.checkOpen()
    await this.#setBan((await this.#ledger.get()).sentence(subject, sentence), sentence.seconds)
  }

  /** End a ban early. */
  async lift(subject: AnyKey): Promise<void> {
    this.#ties.checkOpen()
    await this.#setBan((await this.#ledger.get()).whom(subject), 0)
  }

  async #judgePins(records: readonly Record[]): Promise<Verdict[]> {
    return await (await import('./pinned.ts')).judge(records, this.#panel, this.#policies)
  }

  #added(record: Record): void {
    this.shadows.add([record])
    if (!this.shadows.hasDue) return
    const { tell } = this.#ties
    this.shadows.settle().then(
      () => tell({ type: 'CurtainChanged' }),
      error => tell({ type: 'StorageFailed', reason: `a day that a budget is about: ${String(error)}` }),
    )
  }

  /** Remember what is held against a peer. */
  async #hold(event: RoomEvent): Promise<void> {
    try {
      await this.#ledger.get().then(ledger => ledger.take(event))
    } catch (error) {
      this.#ties.tell({ type: 'StorageFailed', reason: `strikes and bans: ${String(error)}` })
    }
  }

  async #setBan(subject: Subject, seconds: number): Promise<void> {
    await this.#ties.act({ type: 'KeyBanned', key: subject, seconds })
    await (await this.#ledger.get()).save()
  }
}

/** What a room asks of its moderator, which may be in another tab. */
export type Moderation = Pick<Moderator, Exclude<keyof Moderator, 'destroy' | 'refusals'>>

interface Parts {
  readonly panel: Court
  readonly policies: readonly Policy[]
  readonly refusals: Refusals | null
  readonly shadows: Shadows
  readonly curtain: Late<Curtain>
  readonly ledger: Late<Ledger>
}

/** Have *policies* judge; a room without any never loads what that takes. */
async function openPanel(policies: readonly Policy[], onComplaint: Complain): Promise<Court> {
  if (policies.length === 0) return { isEmpty: true, judge: async records => records.map(() => ({ type: 'Accept' })) }
  const { Panel } = await import('./panel.ts')
  return new Panel(policies, { onComplaint })
}

type Complain = (policy: string, what: string) => void

async function hasNotes(store: Store, ...kinds: readonly string[]): Promise<boolean> {
  const notes = await Promise.all(kinds.map(kind => store.notes(kind)))
  return notes.some(({ size }) => size > 0)
}
