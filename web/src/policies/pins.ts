/** Pins: who may keep records of a room for longer than its window. Loaded by pages that have the rule. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { KIND_PIN, type Record } from '../core/record.ts'
import { canonicalJson, makeManifest } from '../core/rules.ts'
import { type AnyKey, readAuthor } from '../core/typed.ts'
import { PolicyClass, type Verdict } from '../core/verdict.ts'
import type { Policy } from '../ports.ts'

/** Who may pin. */
export interface Pinners {
  /** Keys in hex, or npub texts. */
  readonly allow: readonly AnyKey[]
}

/** Make the policy; the same keys as in Python give the same rules. */
export function makePins({ allow }: Pinners): Policy {
  const allowed = new Set(allow.map(readAuthor))
  const lines = [...allowed].sort().map(key => `${key}\n`)
  const judgeOne = ({ kind, author }: Record): Verdict =>
    kind !== KIND_PIN || allowed.has(author)
      ? { type: 'Accept' }
      : {
          type: 'Reject',
          policy: 'pins',
          reason: 'its author is not among those who may pin in this room',
          rule: 'allow',
          span: null,
        }
  return {
    name: 'pins',
    policyClass: PolicyClass.ADMISSION,
    manifest: makeManifest({
      name: 'pins',
      version: 1,
      parameters: canonicalJson({ allow: allowed.size }),
      hashes: [bytesToHex(sha256(utf8ToBytes(lines.join(''))))],
    }),
    judgesEnvelopes: true,
    judge: records => records.map(judgeOne),
  }
}
