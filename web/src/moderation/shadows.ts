/**
 * Which members are shadowed: still in the set, hidden from readers by a set rule.
 *
 * Each rule sorts records into groups and says of every group which stay visible. That depends on the member set
 * alone, so peers with equal sets and rules show the same, whatever came first.
 */
import { namesDeleted, outlineOf } from '../core/deletion.ts'
import type { Record, RecordId } from '../core/record.ts'
import { compareSeats, type Reject, type Seat } from '../core/verdict.ts'
import type { SetRule } from '../ports.ts'
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

  /** The rule that every room has. */
  readonly versions: Versions

  /** Keep in mind what *rules* group. */
  constructor(rules: readonly SetRule[], versions = new Versions()) {
    this.#rules = [...rules]
    this.versions = versions
  }

  /** There are no rules but that of versions. */
  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  /** Take in new members. */
  add(records: Iterable<Record>): void {
    for (const record of records) {
      this.versions.add(outlineOf(record))
      const names = this.#namesOf(record)
      if (names.size === 0 || this.#memberships.has(record.id)) continue
      this.#memberships.set(record.id, [...names.keys()])
      for (const [name, rule] of names) this.#seat(record, name, rule)
    }
  }

  /** Let a member go: deleted, or past its age. */
  remove(recordId: RecordId): void {
    this.versions.remove(recordId)
    this.purge(recordId)
  }

  /** Let go of a member's content; as a version it still replaces those before it. */
  purge(recordId: RecordId): void {
    for (const name of this.#memberships.get(recordId) ?? []) {
      const group = this.#groups.get(name)
      group?.seats.delete(recordId)
      if (group?.seats.size === 0) this.#groups.delete(name)
      else if (group !== undefined) group.kept = null
    }
    this.#memberships.delete(recordId)
  }

  /** Let every member with createdAt below *before* go. */
  removeBefore(before: number): void {
    this.versions.removeBefore(before)
    const seats = [...this.#groups.values()].flatMap(group => [...group.seats.values()])
    for (const seat of seats) if (seat.createdAt < before) this.remove(seat.id)
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
      return { type: 'Reject', policy: group.rule.name, reason: group.rule.reason, rule: '', span: null }
    }
    return this.versions.isSuperseded(recordId) ? REPLACED : null
  }

  /** Give the names of the groups in which *record* competes, with their rules. */
  #namesOf(record: Record): Map<string, SetRule> {
    const names = new Map<string, SetRule>()
    for (const [place, rule] of this.#rules.entries()) {
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
    group.seats.set(record.id, { ...outlineOf(record), size: record.wire.length, names: namesDeleted(record).length })
    group.kept = null
    this.#groups.set(name, group)
  }

  #keep(group: Group): ReadonlySet<RecordId> {
    if (group.kept === null) {
      // Sorted, so that a rule that does depend on the order at least depends on nothing else.
      const seats = [...group.seats.values()].sort(compareSeats)
      try {
        // Spread out, for a set made of nothing at all would be empty rather than an error.
        group.kept = new Set([...group.rule.keep(seats)])
      } catch (error) {
        this.#complain(group.rule, error)
        group.kept = new Set(group.seats.keys())
      }
    }
    return group.kept
  }

  #complain(rule: SetRule, error: unknown): void {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    this.complaints.set(rule.name, `raised ${what}`)
  }
}
