/** The types of documents and of questions about them, as a schema gives them. */

import type { Json } from '../core/action.ts'
import type { PublicKey } from '../core/keys.ts'
import type { Record, RecordId } from '../core/record.ts'
import type { AnyKey } from '../core/typed.ts'

/** One document of a collection, or one version of a register. */
export interface Doc<T = Json> {
  readonly id: RecordId
  /** Of a register; null for a document of its own. */
  readonly key: string | null
  /** Whose it is: who signed it, or in a collection that is `onBehalf` who let that key write. */
  readonly author: PublicKey
  /** Who signed it. */
  readonly signer: PublicKey
  /** By the collection's schema. */
  readonly value: T
  /** When it was written, as its author says, in microseconds since 1970-01-01 UTC. */
  readonly stamp: number
  /** What it replaces or comes after, as its author knew it. */
  readonly follows: readonly RecordId[]
  /** A tombstone: it says that there is no value any more, and *value* is null. */
  readonly isDeleted: boolean
  /** The signed record that says it. */
  readonly record: Record
}

/** Some documents, in the order that was asked for. */
export interface Page<T = Json> {
  readonly docs: readonly Doc<T>[]
  /** The cursor of the page after this one, for `after`; null when this is the last. */
  readonly next: string | null
}

/** A validator by the Standard Schema: what zod, valibot and arktype make. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a validator says. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** What a validator finds wrong. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The dotted paths of the fields of a value. */
export type Path<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [Name in keyof T & string]: Name | `${Name}.${Path<NonNullable<T[Name]>>}` }[keyof T & string]
    : never

/** The type of the field at a path. */
export type At<T, Field extends string> = Field extends `${infer Name}.${infer Rest}`
  ? Name extends keyof T
    ? At<NonNullable<T[Name]>, Rest>
    : never
  : Field extends keyof T
    ? T[Field]
    : never

/** What may be asked of a field. */
export interface Asked<Value> {
  readonly eq?: Value | null
  readonly ne?: Value | null
  readonly in?: readonly (Value | null)[]
  readonly gt?: Value
  readonly gte?: Value
  readonly lt?: Value
  readonly lte?: Value
  readonly prefix?: string
  readonly exists?: boolean
  readonly has?: Value extends readonly (infer Each)[] ? Each : never
  /** Each of these. */
  readonly all?: Value extends readonly (infer Each)[] ? readonly Each[] : never
  /** [south, west, north, east] in degrees. */
  readonly within?: readonly [number, number, number, number]
  /** [latitude, longitude, metres]. */
  readonly near?: readonly [number, number, number]
}

type Time = number | string | Date

/** A time; or a document or record, for the microsecond at which it was written: Unix seconds mean the whole second. */
export type AsOf = Time | Record | Doc<unknown>

/** Conditions on the documents of a collection: all must hold. */
export type Where<T> = (unknown extends T
  ? { readonly [field: string]: unknown }
  : Json extends T
    ? { readonly [field: string]: unknown }
    : { readonly [Field in Path<T>]?: At<T, Field> | Asked<NonNullable<At<T, Field>>> | null }) & {
  readonly key?: string | null | Asked<string>
  readonly author?: AnyKey | { readonly eq?: AnyKey; readonly ne?: AnyKey; readonly in?: readonly AnyKey[] }
  readonly time?: Time | { readonly gt?: Time; readonly gte?: Time; readonly lt?: Time; readonly lte?: Time }
  /** One of these must hold. */
  readonly any?: readonly Where<T>[]
}

/** A field to sort by, `-` before it for descending. */
export type OrderField<T> = Json extends T
  ? string
  : unknown extends T
    ? string
    : `${'' | '-'}${Path<T> | 'key' | 'author' | 'time'}`

/** What a query says beside its conditions. */
export interface FindOptions<T = Json> {
  /** Newest first unless said otherwise. */
  readonly order?: OrderField<T> | readonly OrderField<T>[] | undefined
  /** 100 unless said otherwise, at most 1,000. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly after?: string | null | undefined
  /** Words, all of which must occur; `*` ends a beginning. */
  readonly text?: string | undefined
  readonly author?: AnyKey | undefined
  /** As of a time, or of when a document or record was written. */
  readonly at?: AsOf | undefined
}
