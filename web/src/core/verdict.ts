/** What a policy says of a record, and what its word may depend on. */
import type { Name } from './deletion.ts'
import type { PublicKey } from './keys.ts'
import type { RecordId } from './record.ts'

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
}

/** Order seats by stamp, then id: below 0 when *one* comes first, above 0 when *other* does. */
export function compareSeats(one: Seat, other: Seat): number {
  const earlier = one.createdAt - other.createdAt || one.microseconds - other.microseconds
  return earlier || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
}
