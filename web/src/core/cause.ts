/** Why a record is refused: the cause that programs read, and the error that stands for it. */

import { AgeError, RejectedError, SignatureError } from '../errors.ts'

/** The error class of each cause. */
export const ERRORS = {
  /** It is dated outside the window. */
  age: AgeError,
  /** Its author did not sign it. */
  signature: SignatureError,
  /** It belongs to another room. */
  room: RejectedError,
  /** Its author deleted it. */
  deleted: RejectedError,
  /** It was refused here before. */
  refused: RejectedError,
  /** A policy refuses it. */
  policy: RejectedError,
} as const

/** What refused a record. */
export type Cause = keyof typeof ERRORS
