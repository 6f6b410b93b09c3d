/** What moderators and owners say of others' records and keys, by labels that rules over the set heed. Loaded once one does. */

import { HIDDEN, KEY_TAG, KIND_LABEL, labelTags, RECORD_TAG, REVOKED } from '../core/label.ts'
import type { Record, Tags } from '../core/record.ts'
import { stampOf } from '../core/stamp.ts'
import { type AnyId, type AnyKey, nameOf, readAuthor, readText } from '../core/typed.ts'
import type { Write } from '../data/desk.ts'
import { ConfigError } from '../errors.ts'

/** Say what `Room.label` says of *target*, which was asked for as *id*. */
export async function label(write: Write, target: Record | null, id: AnyId, reason: string): Promise<Record> {
  if (target === null) throw new ConfigError(`there is no record ${nameOf(id)} here`)
  // Dated after what it names, it lives at least as long.
  return await labelled(write, labelTags(HIDDEN, RECORD_TAG, target.id), reason, stampOf(target))
}

/** Say what `Room.revoke` says. */
export async function revoke(write: Write, writer: AnyKey, reason: string): Promise<Record> {
  return await labelled(write, labelTags(REVOKED, KEY_TAG, readAuthor(writer)), reason, 0)
}

async function labelled(write: Write, tags: Tags, reason: string, after: number): Promise<Record> {
  const [record] = await write([{ kind: KIND_LABEL, tags, content: readText('a reason', reason), after }])
  return record as Record
}
