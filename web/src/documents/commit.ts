/**
 * Atomic batches: what a commit says, and when its batch is complete (docs/protocol.md, "Batches").
 *
 * The documents of an atomic batch carry a tag `batch` with its nonce. Nobody sees them until a commit of the same author
 * and nonce is here, and everything that it lists: its ids are members, or their author deleted them. So it depends on the
 * set alone, whatever came first.
 */

import { BATCH_DOCUMENTS_MAX } from '../core/limits.ts'
import { KIND_COMMIT, type Record, type RecordId, tagValues } from '../core/record.ts'
import { BATCH_TAG } from './document.ts'
import { isArray, readJson } from './value.ts'

/** What a record of `KIND_COMMIT` says. */
export interface Commit {
  readonly nonce: string
  /** Each once. */
  readonly ids: readonly RecordId[]
}

/** Read *record* as the commit of a batch; null when it is none, or makes no sense. */
export function readCommit(record: Record): Commit | null {
  const nonce = tagValues(record, BATCH_TAG)[0] ?? ''
  if (record.kind !== KIND_COMMIT || !NONCE.test(nonce)) return null
  const listed = listedIn(record.content)
  const isWhole = listed.length > 0 && listed.length <= BATCH_DOCUMENTS_MAX && listed.every(id => ID.test(String(id)))
  return isWhole ? { nonce, ids: [...new Set(listed as RecordId[])] } : null
}

/** Write the content of a commit. */
export function commitContent(ids: readonly RecordId[]): string {
  return JSON.stringify(ids)
}

const NONCE = /^[0-9a-f]{32}$/
const ID = /^[0-9a-f]{64}$/

function listedIn(content: string): readonly unknown[] {
  try {
    const listed = readJson(content)
    return isArray(listed) ? listed : []
  } catch {
    return []
  }
}
