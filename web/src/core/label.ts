/** Labels: what somebody says of a record or of a key (NIP-32), for rules over the set (docs/protocol.md, "Labels"). */

import { type Record, type Tags, tagValues } from './record.ts'

export const KIND_LABEL = 1_985
export const NAMESPACE = 'peerset'
/** Of a record: readers shall not see it. */
export const HIDDEN = 'hidden'
/** Of a key: what it writes from now on shall not be seen. */
export const REVOKED = 'revoked'
export const RECORD_TAG = 'e'
export const KEY_TAG = 'p'

const DIGITS = /^[0-9a-f]{64}$/

/** Give the tags of a label of *subject*, an id under `RECORD_TAG` or a key under `KEY_TAG`. */
export function labelTags(label: string, tag: string, subject: string): Tags {
  return [
    ['L', NAMESPACE],
    ['l', label, NAMESPACE],
    [tag, subject],
  ]
}

/** Give the id or key that *record* labels so, by its first tag of that name; null when it is no such label. */
export function labelledIn(record: Record, label: string, tag: string): string | null {
  const isMeant = ([name, value, space]: readonly string[]) => name === 'l' && value === label && space === NAMESPACE
  const subject = tagValues(record, tag)[0]
  const isNamed = record.kind === KIND_LABEL && record.tags.some(isMeant) && subject !== undefined
  return isNamed && DIGITS.test(subject) ? subject : null
}
