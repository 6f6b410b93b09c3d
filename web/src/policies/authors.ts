/** Authors: who may publish in a room, and who may not. Loaded by pages that have the rule. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { PublicKey } from '../core/keys.ts'
import { type Record, tagValues } from '../core/record.ts'
import { canonicalJson, makeManifest } from '../core/rules.ts'
import { type AnyKey, readAuthor } from '../core/typed.ts'
import { PolicyClass, type Verdict } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import type { Policy } from '../ports.ts'
import { Scope } from './scope.ts'

/** Who may write, and where that is asked. */
export interface Authors {
  /** Keys in hex, or npub texts; all authors when left out. */
  readonly allow?: readonly AnyKey[] | undefined
  readonly deny?: readonly AnyKey[] | undefined
  /** Names; all, and what is in none, when left out. */
  readonly collections?: readonly string[] | undefined
}

/** Make the policy; the same lists as in Python give the same rules. */
export function makeAuthors({ allow, deny = [], collections }: Authors): Policy {
  if (allow === undefined && deny.length === 0) throw new ConfigError('authors: give allow or deny')
  const allowed = allow === undefined ? null : new Set(allow.map(readAuthor))
  const denied = new Set(deny.map(readAuthor))
  const scope = new Scope('authors', collections)
  const names = scope.names === null ? {} : { collections: scope.names }
  const counts = { allow: allowed === null ? null : allowed.size, deny: denied.size }
  const judgeOne = (record: Record): Verdict => {
    const isMeant = scope.concerns(record.kind, tagValues(record, 'c')[0] ?? null)
    if (isMeant && denied.has(record.author)) return refusal('deny', 'its author may not publish in this room')
    if (!isMeant || (allowed?.has(record.author) ?? true)) return { type: 'Accept' }
    return refusal('allow', 'its author is not among those who may publish in this room')
  }
  return {
    name: 'authors',
    policyClass: PolicyClass.ADMISSION,
    manifest: makeManifest({
      name: 'authors',
      version: 1,
      parameters: canonicalJson({ ...counts, ...names }),
      hashes: [denied, ...(allowed === null ? [] : [allowed])].map(digestOf),
    }),
    judgesEnvelopes: true,
    namesCollections: scope.names !== null,
    judge: records => records.map(judgeOne),
  }
}

function refusal(rule: string, reason: string): Verdict {
  return { type: 'Reject', policy: 'authors', reason, rule, span: null }
}

/** Give the SHA-256 of keys as a set: sorted, one a line. */
function digestOf(keys: ReadonlySet<PublicKey>): string {
  return bytesToHex(
    sha256(
      utf8ToBytes(
        [...keys]
          .sort()
          .map(each => `${each}\n`)
          .join(''),
      ),
    ),
  )
}
