/** What is to be written in a collection: drafts of records, and after what they are dated. */

import type { Json } from '../core/action.ts'
import type { UnixTime } from '../core/clock.ts'
import type { PublicKey } from '../core/keys.ts'
import { DOCUMENT_LINKS_MAX } from '../core/limits.ts'
import { KIND_KEYED, KIND_RECORD, type Record } from '../core/record.ts'
import { stampOf } from '../core/stamp.ts'
import { shown } from '../core/typed.ts'
import type { Definition } from '../documents/definition.ts'
import { type Version, VOID_TAG } from '../documents/document.ts'
import { headsOf, tagsOf } from '../documents/linking.ts'
import type { Schema } from '../documents/schema.ts'
import { fieldOf, isObject } from '../documents/value.ts'
import { ConfigError } from '../errors.ts'
import type { Draft } from './desk.ts'

/** Say until when what lives for *ttlSeconds* is seen; null: as long as the room keeps it. */
export function expiryOf(ttlSeconds: number | null | undefined, now: UnixTime): number | null {
  if (ttlSeconds == null) return null
  if (Number.isFinite(ttlSeconds) && ttlSeconds > 0) return Math.floor(now + Math.max(ttlSeconds, 1))
  throw new ConfigError(`a time to live is a number of seconds above 0, not ${shown(ttlSeconds)}`)
}

/** Draft a document of its own; throws a ConfigError where it follows too many. */
export function draftDocument(
  definition: Definition,
  content: string,
  follows: readonly Record[],
  expiresAt: number | null,
): Draft {
  if (follows.length > DOCUMENT_LINKS_MAX) {
    throw new ConfigError(`a document follows at most ${DOCUMENT_LINKS_MAX} others, not ${follows.length}`)
  }
  const ids = follows.map(({ id }) => id)
  const tags = tagsOf(definition, null, ids, expiresAt)
  const after = Math.max(0, ...follows.map(stampOf))
  return { kind: KIND_RECORD, tags, content, after, isOnBehalf: definition.speaker !== null }
}

/** Draft the next version of a register of which *versions* are here; a *content* of null is a tombstone. */
export function draftVersion(
  definition: Definition,
  key: string,
  content: string | null,
  versions: readonly Version[],
  { author, expiresAt }: { readonly author: PublicKey; readonly expiresAt: number | null },
): Draft {
  const heads = headsOf(versions)
  const ids = heads.slice(0, DOCUMENT_LINKS_MAX).map(({ id }) => id)
  const tags = [...tagsOf(definition, key, ids, expiresAt), ...(content === null ? [[VOID_TAG]] : [])]
  const followed = versions.filter(each => heads.includes(each) || each.author === author)
  const after = Math.max(0, ...followed.map(({ stamp }) => stamp))
  return { kind: KIND_KEYED, tags, content: content ?? '', after, isOnBehalf: definition.speaker !== null }
}

/**
 * Give *next* with the fields of *old* that its writer does not know: a later version of the program wrote them.
 *
 * A schema knows those that it names; where it names none, or says what others there may be, their names are part of the
 * value. Without a schema known is what the model left in *seen*.
 */
export function withUnknown(next: Json, old: Json, schema: Schema | null, seen: unknown): Json {
  if (!isObject(next) || !isObject(old)) return next
  const form = schema?.form
  const inner = Object.entries(next).map(([name, each]): [string, Json] => {
    const part = form?.properties.get(name) ?? null
    const isKnown = schema === null || part !== null
    return [name, isKnown ? withUnknown(each, fieldOf(old, name), part, isObject(seen) ? seen[name] : null) : each]
  })
  const isUnknown = (name: string) =>
    form === undefined
      ? isObject(seen) && !Object.hasOwn(seen, name)
      : form.properties.size > 0 && form.rest === null && !form.properties.has(name)
  const unknown = Object.entries(old).filter(([name]) => !Object.hasOwn(next, name) && isUnknown(name))
  return Object.fromEntries([...inner, ...unknown])
}
