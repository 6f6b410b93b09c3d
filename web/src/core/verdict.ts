/** What a policy says of a record, and what its word may depend on. */
import type { DaySum } from './day-sum.ts'
import type { Name } from './deletion.ts'
import type { PublicKey } from './keys.ts'
import type { Record, RecordId } from './record.ts'
import type { Manifest } from './rules.ts'

/** What a policy's verdict may depend on, and therefore what it may do (docs/policies.md). */
export const PolicyClass = {
  /** The record and the room's rules alone: what it refuses is no member anywhere. */
  ADMISSION: 'admission',
  /** The member set, whatever the order of arrival: what it refuses stays a member and is shadowed everywhere. */
  SET_RULE: 'set rule',
  /** Anything local: what it refuses is hidden here only. */
  VIEW: 'view',
} as const
export type PolicyClass = (typeof PolicyClass)[keyof typeof PolicyClass]

/** The record may be a member. */
export interface Accept {
  readonly type: 'Accept'
}

/** The record is refused. */
export interface Reject {
  readonly type: 'Reject'
  /** The name of the policy that refuses it. */
  readonly policy: string
  /** A short phrase for people. */
  readonly reason: string
  /** Which of the policy's rules it broke, for programs; empty when there is only one. */
  readonly rule: string
  /** Where in the content it did: start and end, in code points; null when it is no matter of text. */
  readonly span: readonly [start: number, end: number] | null
}

export type Verdict = Accept | Reject

/** The rule of a refusal that only says that the policy broke: it is nobody's fault but the policy's. */
export const FAILED = 'failed'

/** A record's place in a group that a set rule looks at. */
export interface Seat {
  /** Unix seconds. */
  readonly createdAt: number
  /** Within that second. */
  readonly microseconds: number
  readonly id: RecordId
  /** Of a record that has versions: 64 hex digits that they have in common; null of any other. */
  readonly address: Name | null
  readonly author: PublicKey
  /** Bytes of its wire form. */
  readonly size: number
  /** How many things a deletion names; 0 of any other. */
  readonly names: number
  readonly kind: number
  /** What a `WordedRule` has of what it says. */
  readonly word?: string | undefined
}

/** Order seats by stamp, then id: below 0 when *one* comes first, above 0 when *other* does. */
export function compareSeats(one: Seat, other: Seat): number {
  const earlier = one.createdAt - other.createdAt || one.microseconds - other.microseconds
  return earlier || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
}

/** A moderation rule over the member set: of records that compete, it says which stay visible. */
export interface SetRule {
  /** What a shadowed record is reported under. */
  readonly name: string

  /** `PolicyClass.SET_RULE`. */
  readonly policyClass: PolicyClass

  /** What it is, exactly; it goes into the room's rules id. */
  readonly manifest: Manifest

  /** Why what it does not keep is shadowed, for people. */
  readonly reason: string

  /** Whether what pins show competes, too, which is no member any more. */
  readonly seesPins?: boolean

  /** Name the group in which *record* competes; null when it does not concern this rule. */
  group(record: Record): readonly string[] | null

  /** Say which of a whole group stay visible: a function of the set, whatever its order. */
  keep(group: readonly Seat[]): ReadonlySet<RecordId>

  /**
   * Of a rule whose groups are UTC days: say whether it is sure to keep all that an author, and all together, wrote on a
   * day. Only other days are read when a room is joined.
   */
  fits?(author: DaySum, whole: DaySum): boolean

  /** Give what of *record* is to stand in its seat, for `why`. */
  word?(record: Record): string

  /** Say why what `keep` does not keep of *group* is shadowed, for people; `reason` where it is left out. */
  why?(group: readonly Seat[]): string
}

/** A set rule whose records say themselves why others are shadowed. */
export type WordedRule = SetRule & Required<Pick<SetRule, 'word' | 'why'>>
