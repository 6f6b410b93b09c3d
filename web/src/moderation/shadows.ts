/**
 * Which members are shadowed: still in the set, hidden from readers by a set rule.
 *
 * Each rule sorts records into groups and says of every group which stay visible. That depends on the member set
 * alone, so peers with equal sets and rules show the same, whatever came first.
 */

import { dayBound } from '../core/bucket.ts'
import type { UnixTime } from '../core/clock.ts'
import { namesDeleted, outlineOf } from '../core/deletion.ts'
import { makeFilter } from '../core/filter.ts'
import type { Record, RecordId } from '../core/record.ts'
import { compareSeats, type Reject, type Seat } from '../core/verdict.ts'
import type { SetRule, Store } from '../ports.ts'
import { Days, Opener } from './days.ts'
import { REPLACED, Versions } from './versions.ts'

/** The records that compete under one rule, by its place, in the group of one name. */
interface Group {
  readonly rule: SetRule
  readonly seats: Map<RecordId, Seat>
  /** Which of them stay visible; null until the rule has been asked. */
  kept: ReadonlySet<RecordId> | null
}

/** The groups of all members, kept up to date as members come and go. */
export class Shadows {
  /** Rules that broke: name -> what happened. */
  readonly complaints = new Map<string, string>()
  readonly #rules: readonly SetRule[]
  /** Place of the rule and name of the group, as JSON -> the group. */
  readonly #groups = new Map<string, Group>()
  readonly #memberships = new Map<RecordId, readonly string[]>()
  /** Rules that hold only the days which they have to look at; none where there is nothing to read days by. */
  #sparing: ReadonlySet<SetRule> = new Set()
  #days = new Days([])
  #opener: Opener | null = null
  /** What went while a day was read; null while none is. */
  #opening: Set<RecordId> | null = null

  /** The rule that every room has. */
  readonly versions: Versions

  /** Keep in mind what *rules* group. */
  constructor(rules: readonly SetRule[], versions = new Versions()) {
    this.#rules = [...rules]
    this.versions = versions
  }

  /** No rule is to see every member, and none looks at a day: nothing is shadowed, versions aside. */
  get isEmpty(): boolean {
    return this.#groups.size === 0 && !this.#readsAll
  }

  get #readsAll(): boolean {
    return this.#sparing.size < this.#rules.length
  }

  /** Take up what is in *store*: all of it, if some rule is to see that, else the days that its sums tell. */
  async start(store: Pick<Store, 'query' | 'sums'>): Promise<void> {
    if (this.#opener === null) this.#spare(store)
    if (this.#sparing.size > 0) this.#days.restart(await store.sums())
    if (this.#readsAll) this.#take(await store.query(makeFilter({})))
    await this.settle()
  }

  /** Some day is still to be looked at. */
  get hasDue(): boolean {
    return this.#days.hasDue
  }

  /** Wait until all days are read that have to be looked at; refused with a StoreError when that cannot be. */
  async settle(): Promise<void> {
    await this.#opener?.settle()
  }

  /** Take in new members. */
  add(records: Iterable<Record>): void {
    for (const record of records) {
      if (!this.#memberships.has(record.id)) this.#days.add(record)
      this.#take([record])
    }
  }

  /** Take in what a pin shows: rules that say so and that of versions are about it. */
  show(record: Record): void {
    this.#take([record], seesPins)
  }

  /** Let a member go: deleted, or past its age. */
  remove(recordId: RecordId): void {
    this.versions.remove(recordId)
    this.purge(recordId)
  }

  /** Let go of a member's content; as a version it still replaces those before it. */
  purge(recordId: RecordId): void {
    this.#leave(recordId, isAny)
  }

  /** Let every member with createdAt below *before* go; *but*, which pins show, as `show` takes it in. */
  removeBefore(before: number, but?: ReadonlySet<RecordId>): void {
    this.versions.removeBefore(before, but)
    this.#days.forgetBefore(before)
    const seats = [...this.#groups.values()].flatMap(group => [...group.seats.values()])
    for (const { id, createdAt } of seats) {
      if (createdAt < before) this.#leave(id, but?.has(id) ? rule => !seesPins(rule) : isAny)
    }
  }

  /** Say whether a rule shadows a member, that of versions aside. */
  isRuledOut(recordId: RecordId): boolean {
    return (this.#memberships.get(recordId) ?? []).some(name => {
      const group = this.#groups.get(name)
      return group !== undefined && !this.#keep(group).has(recordId)
    })
  }

  /** Give the first rule that shadows a member, with its reason; null when readers see it. */
  shadowing(recordId: RecordId): Reject | null {
    for (const name of this.#memberships.get(recordId) ?? []) {
      const group = this.#groups.get(name)
      if (group === undefined || this.#keep(group).has(recordId)) continue
      return { type: 'Reject', policy: group.rule.name, reason: this.#reason(group), rule: '', span: null }
    }
    return this.versions.isSuperseded(recordId) ? REPLACED : null
  }

  /** Hold of rules about days only those that they have to look at, which *store* gives. */
  #spare(store: Pick<Store, 'query'>): void {
    const rules = this.#rules.filter(rule => rule.fits !== undefined)
    this.#sparing = new Set(rules)
    this.#days = new Days(rules)
    this.#opener = new Opener(this.#days, {
      begin: () => {
        this.#opening = new Set()
      },
      load: day => {
        const [[since], [end]] = [dayBound(day), dayBound(day + 1)]
        return store.query(makeFilter({ since: since as UnixTime, until: (end - 1) as UnixTime }))
      },
      take: records => this.#take(records.filter(({ id }) => !this.#opening?.has(id))),
      end: () => {
        this.#opening = null
      },
    })
  }

  /** Let a member go from its groups under the rules that are meant. */
  #leave(recordId: RecordId, isMeant: (rule: SetRule) => boolean): void {
    this.#opening?.add(recordId)
    const left: string[] = []
    for (const name of this.#memberships.get(recordId) ?? []) {
      const group = this.#groups.get(name)
      if (group === undefined) continue
      if (!isMeant(group.rule)) {
        left.push(name)
        continue
      }
      group.seats.delete(recordId)
      if (group.seats.size === 0) this.#groups.delete(name)
      group.kept = null
    }
    if (left.length > 0) this.#memberships.set(recordId, left)
    else this.#memberships.delete(recordId)
  }

  /** Put *records* into the groups in which they compete and are not yet, under the rules that are meant. */
  #take(records: Iterable<Record>, isMeant: (rule: SetRule) => boolean = isAny): void {
    for (const record of records) {
      this.versions.add(outlineOf(record))
      this.versions.meet([record])
      const held = this.#memberships.get(record.id) ?? []
      const names = [...this.#namesOf(record, isMeant)].filter(([name]) => !held.includes(name))
      if (names.length === 0) continue
      this.#memberships.set(record.id, [...held, ...names.map(([name]) => name)])
      for (const [name, rule] of names) this.#seat(record, name, rule)
    }
  }

  /** Give the names of the groups in which *record* competes, with their rules. */
  #namesOf(record: Record, isMeant: (rule: SetRule) => boolean): Map<string, SetRule> {
    const names = new Map<string, SetRule>()
    for (const [place, rule] of this.#rules.entries()) {
      if (!isMeant(rule)) continue
      if (this.#sparing.has(rule) && !this.#days.isOpened(record)) continue
      try {
        const group = rule.group(record)
        if (group !== null) names.set(JSON.stringify([place, ...group]), rule)
      } catch (error) {
        this.#complain(rule, error)
      }
    }
    return names
  }

  #seat(record: Record, name: string, rule: SetRule): void {
    const group = this.#groups.get(name) ?? { rule, seats: new Map(), kept: null }
    const seat = { ...outlineOf(record), size: record.wire.length, names: namesDeleted(record).length }
    group.seats.set(record.id, { ...seat, word: this.#ask(rule, () => rule.word?.(record)) })
    group.kept = null
    this.#groups.set(name, group)
  }

  #keep(group: Group): ReadonlySet<RecordId> {
    if (group.kept === null) {
      try {
        // Spread out, for a set made of nothing at all would be empty rather than an error.
        group.kept = new Set([...group.rule.keep(seatsOf(group))])
      } catch (error) {
        this.#complain(group.rule, error)
        group.kept = new Set(group.seats.keys())
      }
    }
    return group.kept
  }

  /** Say why what a rule does not keep of *group* is shadowed. */
  #reason(group: Group): string {
    const { rule } = group
    return this.#ask(rule, () => rule.why?.(seatsOf(group))) ?? rule.reason
  }

  #ask<Answer>(rule: SetRule, work: () => Answer): Answer | undefined {
    try {
      return work()
    } catch (error) {
      this.#complain(rule, error)
      return undefined
    }
  }

  #complain(rule: SetRule, error: unknown): void {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.complaints.set(rule.name, `raised ${what}`)
  }
}

function seesPins(rule: SetRule): boolean {
  return rule.seesPins === true
}

function isAny(): boolean {
  return true
}

/** Give the records of a group, sorted: a rule that does depend on the order at least depends on nothing else. */
function seatsOf({ seats }: Group): Seat[] {
  return [...seats.values()].sort(compareSeats)
}
