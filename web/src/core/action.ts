/** Application actions: the ordinary messages of a Trystero room, beside our own protocol. */

/** What JSON can say. */
export type Json = boolean | number | string | null | readonly Json[] | { readonly [key: string]: Json }

export const ACTION_NAME_BYTES_MAX = 32

/** The action that carries our protocol; applications may not use it. */
export const PROTOCOL_ACTION = 'peerset'

/** One message under *name* (1 to 32 bytes of UTF-8, not beginning with `@_`). */
export interface Action {
  readonly name: string
  /** Bytes, a text, or any other JSON value. */
  readonly payload: Uint8Array | Json
  /** Absent when none was sent; Trystero tells that apart from null. */
  readonly metadata?: Json
}
