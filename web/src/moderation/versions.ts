/**
 * Which versions of a record a newer one has replaced: the set rule that every room has (NIP-01).
 *
 * It is part of what readers see and of no room's rules id: all peers have it.
 */

import { addressOf, type Name, type Outline, outlineOf } from '../core/deletion.ts'
import { isVersionedKind, type Record, type RecordId } from '../core/record.ts'
import type { Reject } from '../core/verdict.ts'

/** What readers are told of a version that was replaced. */
export const REPLACED: Reject = {
  type: 'Reject',
  policy: 'versions',
  reason: 'a newer version took its place',
  rule: '',
  span: null,
}

/** The versions of all members that have any, kept up to date as members come and go. */
export class Versions {
  readonly #addresses = new Map<RecordId, Name>()
  /** Of each address, the newest first. */
  readonly #groups = new Map<Name, readonly Outline[]>()

  constructor(outlines: Iterable<Outline> = []) {
    for (const outline of outlines) this.add(outline)
  }

  /** Take in a new member. */
  add(outline: Outline): void {
    const { id, address } = outline
    if (address === null || this.#addresses.has(id)) return
    this.#addresses.set(id, address)
    this.#groups.set(address, [...(this.#groups.get(address) ?? []), outline].sort(newestFirst))
  }

  /**
   * Learn of *records*, members or not, which of their versions stand under other addresses.
   *
   * In a sealed room each secret gives another address, which nobody can tell who has not opened the record.
   */
  meet(records: Iterable<Record>): void {
    for (const { kin = [] } of records) {
      const [address = '', ...others] = kin
      for (const other of others) {
        const outlines = this.#groups.get(other) ?? []
        if (outlines.length === 0) continue
        this.#groups.delete(other)
        for (const { id } of outlines) this.#addresses.set(id, address)
        this.#groups.set(address, [...(this.#groups.get(address) ?? []), ...outlines].sort(newestFirst))
      }
    }
  }

  /** Let a member go. */
  remove(id: RecordId): void {
    const address = this.#addresses.get(id) ?? ''
    const left = this.#groups.get(address)?.filter(outline => outline.id !== id) ?? []
    this.#addresses.delete(id)
    if (left.length > 0) this.#groups.set(address, left)
    else this.#groups.delete(address)
  }

  /** Let every member with createdAt below *before* go, all others than *but*. */
  removeBefore(before: number, but?: ReadonlySet<RecordId>): void {
    for (const { createdAt, id } of [...this.#groups.values()].flat())
      if (createdAt < before && !but?.has(id)) this.remove(id)
  }

  /** Say whether a member is a version that a newer one has replaced, as far as they have met. */
  isSuperseded(id: RecordId): boolean {
    const newest = this.#groups.get(this.#addresses.get(id) ?? '')?.[0]
    return newest !== undefined && newest.id !== id
  }

  /**
   * Give those of *records* that no newer version has replaced.
   *
   * A store gives records a moment before their room is told of them; those replace others here, too.
   */
  current(records: readonly Record[]): Record[] {
    this.meet(records)
    const newcomers = records.filter(({ kind, id }) => isVersionedKind(kind) && !this.#addresses.has(id))
    const addresses = new Map(newcomers.map(record => [record.id, record.kin?.[0] ?? addressOf(record) ?? '']))
    const newest = new Map<Name, Outline>()
    for (const outline of newcomers.map(outlineOf)) {
      const address = addresses.get(outline.id) ?? ''
      const [first = outline] = [newest.get(address) ?? this.#groups.get(address)?.[0], outline]
        .filter(each => each !== undefined)
        .sort(newestFirst)
      newest.set(address, first)
    }
    return records.filter(({ id }) => {
      const address = addresses.get(id) ?? this.#addresses.get(id) ?? ''
      const first = newest.get(address) ?? this.#groups.get(address)?.[0]
      return first === undefined || first.id === id
    })
  }
}

function newestFirst(one: Outline, other: Outline): number {
  const later = other.createdAt - one.createdAt || other.microseconds - one.microseconds
  return later || (one.id < other.id ? -1 : 1)
}
