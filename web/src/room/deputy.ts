/** Stands for the moderator of a room in a tab that follows another one. */

import type { DaySum } from '../core/day-sum.ts'
import type { Outline } from '../core/deletion.ts'
import { type PublicKey, SecretKey } from '../core/keys.ts'
import { isEphemeral, type Record } from '../core/record.ts'
import { type AnyId, type AnyKey, readAuthor, readId, readWholeId, requireId } from '../core/typed.ts'
import type { Reject, Verdict } from '../core/verdict.ts'
import type { Ban, Sentence } from '../moderation/bans.ts'
import type { Hidden } from '../moderation/curtain.ts'
import type { Explanation } from '../moderation/explaining.ts'
import type { Moderation } from '../moderation/moderator.ts'
import { Shadows } from '../moderation/shadows.ts'
import type { RoomEvent } from '../notices.ts'
import type { SetRule } from '../ports.ts'
import type { Remote } from './remote.ts'

/**
 * Decides nothing, but knows what is hidden: what set rules shadow follows from the set alone, the rest is told by the
 * leader.
 */
export class Deputy implements Moderation {
  /** Vue leaves it as it is: a proxy has no private fields. */
  readonly __v_skip = true
  readonly #remote: Remote
  readonly #shadows: Shadows
  readonly #checkOpen: () => void

  constructor(remote: Remote, setRules: readonly SetRule[], checkOpen: () => void) {
    this.#remote = remote
    this.#shadows = new Shadows(setRules)
    this.#checkOpen = checkOpen
  }

  /** Learn what is in the set already. */
  async start(): Promise<void> {
    const versions = (await this.#remote.call('store', 'versions')) as readonly Outline[]
    for (const outline of versions) this.#shadows.versions.add(outline)
    const sums = async () => (await this.#remote.call('store', 'sums')) as DaySum[]
    await this.#shadows.start({ sums, query: filter => this.#remote.store.query(filter) })
    // What pins show is no member, which rules about sets are about.
    for (const id of await this.#remote.guests.here()) this.#shadows.purge(id)
  }

  get shadows(): Shadows {
    return this.#own?.shadows ?? this.#shadows
  }

  async judge(records: readonly Record[]): Promise<Verdict[]> {
    return (await this.#own?.judge(records)) ?? records.map(() => ({ type: 'Accept' }))
  }

  take(event: RoomEvent): void {
    if (event.type === 'RecordAdded' && event.isGuest) this.#shadows.show(event.record)
    else if (event.type === 'RecordAdded' && !isEphemeral(event.record)) this.#shadows.add([event.record])
    else if (event.type === 'RecordDeleted') this.#shadows.remove(event.id)
    else if (event.type === 'RecordsExpired') this.#shadows.removeBefore(event.before, event.kept)
  }

  hides(record: Record): boolean {
    return (
      this.#own?.hides(record) ??
      (this.muted().includes(record.author) || this.quarantine().some(({ id }) => id === record.id))
    )
  }

  async close(): Promise<void> {
    await this.#own?.close()
  }

  shadowing(id: AnyId): Reject | null {
    return this.shadows.shadowing(readWholeId(id))
  }

  async explain(id: AnyId): Promise<Explanation | null> {
    return (await this.#ask('explain', readId(id))) as Explanation | null
  }

  quarantine(): Hidden[] {
    return this.#own?.quarantine() ?? this.#remote.status.quarantine
  }

  muted(): PublicKey[] {
    return this.#own?.muted() ?? this.#remote.status.muted
  }

  bans(): Ban[] {
    return this.#own?.bans() ?? this.#remote.status.bans
  }

  async judged(): Promise<void> {
    await this.#ask('judged')
  }

  async release(id: AnyId): Promise<void> {
    await this.#ask('release', readId(id))
  }

  async purge(given: AnyId): Promise<void> {
    const id = await requireId(given, this.#remote.store)
    await this.#ask('purge', id)
    this.#shadows.purge(id)
  }

  async mute(author: AnyKey): Promise<void> {
    await this.#ask('mute', readAuthor(author))
  }

  async unmute(author: AnyKey): Promise<void> {
    await this.#ask('unmute', readAuthor(author))
  }

  async ban(subject: AnyKey, sentence: Sentence): Promise<void> {
    await this.#ask('ban', writtenOf(subject), sentence)
  }

  async lift(subject: AnyKey): Promise<void> {
    await this.#ask('lift', writtenOf(subject))
  }

  get #own(): Moderation | null {
    return this.#remote.own?.parts.moderation ?? null
  }

  async #ask(method: string, ...given: readonly unknown[]): Promise<unknown> {
    this.#checkOpen()
    return await this.#remote.call('moderation', method, ...given)
  }
}

/** Write whom a ban is about: the leader reads it. */
function writtenOf(subject: AnyKey): string {
  return subject instanceof SecretKey ? subject.publicKey : String(subject)
}
