/** Moderators and owners, whose labels hide what they name everywhere alike. Loaded by pages that have such a rule. */

import { npub, type PublicKey } from '../core/keys.ts'
import { HIDDEN, KEY_TAG, KIND_LABEL, labelledIn, RECORD_TAG, REVOKED } from '../core/label.ts'
import { canonicalJson, makeManifest } from '../core/rules.ts'
import { type AnyKey, readAuthor, shown } from '../core/typed.ts'
import { PolicyClass, type Seat } from '../core/verdict.ts'
import { ConfigError } from '../errors.ts'
import type { WordedRule } from '../ports.ts'
import { isTimeless } from './scope.ts'

const KEYS_MAX = 64
const WORD_CHARACTERS_MAX = 200

/** Who moderates a room. */
export interface Moderators {
  /** Keys in hex, or npub texts. */
  readonly keys: AnyKey | readonly AnyKey[]
  /** They hide what others of them wrote, too. */
  readonly mutual?: boolean | undefined
}

/** Who owns a room, and so may revoke keys in it. */
export interface Revokers {
  /** Keys in hex, or npub texts. */
  readonly owners: AnyKey | readonly AnyKey[]
}

/** Make the rule `moderators`: each record that a moderator's label names is shadowed while the label is there. */
export function makeModerators({ keys: given, mutual = false }: Moderators): WordedRule {
  if (typeof mutual !== 'boolean') throw new ConfigError(`moderators: mutual is true or false, not ${shown(mutual)}`)
  const keys = readKeys('moderators', 'moderators', given)
  const isLabel = ({ kind, author }: Seat) => kind === KIND_LABEL && keys.has(author)
  const parameters = canonicalJson({ keys: [...keys].sort(), mutual })
  return {
    name: 'moderators',
    policyClass: PolicyClass.SET_RULE,
    seesPins: true,
    manifest: makeManifest({ name: 'moderators', version: 1, parameters }),
    reason: 'a moderator hid it',
    group: record => {
      const isOurs = keys.has(record.author)
      if (isOurs && record.kind === KIND_LABEL) {
        const named = labelledIn(record, HIDDEN, RECORD_TAG)
        return named === null ? null : [named]
      }
      return (isOurs && !mutual) || isTimeless(record.kind) ? null : [record.id]
    },
    keep: group => {
      const labels = group.filter(isLabel)
      return new Set((labels.length > 0 ? labels : group).map(({ id }) => id))
    },
    word: record => (record.kind === KIND_LABEL ? cut(record.content) : ''),
    why: group => {
      const label = group.find(isLabel) as Seat
      return `the moderator ${npub(label.author)} hid it${said(label)}`
    },
  }
}

/** Make the rule `revoked`: what a key dated later than the first revocation of it by an owner is shadowed. */
export function makeRevoked({ owners: given }: Revokers): WordedRule {
  const owners = readKeys('revoked', 'owners', given)
  const isOwners = ({ author }: Seat) => owners.has(author)
  return {
    name: 'revoked',
    policyClass: PolicyClass.SET_RULE,
    seesPins: true,
    manifest: makeManifest({
      name: 'revoked',
      version: 1,
      parameters: canonicalJson({ owners: [...owners].sort() }),
    }),
    reason: 'an owner had revoked its author',
    group: record => {
      if (!owners.has(record.author)) return isTimeless(record.kind) ? null : [record.author]
      const named = labelledIn(record, REVOKED, KEY_TAG)
      return named === null || owners.has(named as PublicKey) ? null : [named]
    },
    keep: group => {
      // In the order of their stamps.
      const first = group.find(isOwners)
      const isKept = (seat: Seat) => first === undefined || isOwners(seat) || !isLater(seat, first)
      return new Set(group.filter(isKept).map(({ id }) => id))
    },
    word: record => (owners.has(record.author) ? cut(record.content) : ''),
    why: group => {
      const first = group.find(isOwners) as Seat
      return `the owner ${npub(first.author)} had revoked its author${said(first)}`
    },
  }
}

function readKeys(rule: string, what: string, given: AnyKey | readonly AnyKey[]): ReadonlySet<PublicKey> {
  const keys = new Set((Array.isArray(given) ? given : [given]).map(readAuthor))
  if (keys.size > 0 && keys.size <= KEYS_MAX) return keys
  throw new ConfigError(`${rule}: a room has 1 to ${KEYS_MAX} ${what}, not ${keys.size}`)
}

function isLater(seat: Seat, than: Seat): boolean {
  return (
    seat.createdAt - than.createdAt > 0 || (seat.createdAt === than.createdAt && seat.microseconds > than.microseconds)
  )
}

function said({ word = '' }: Seat): string {
  return word === '' ? '' : `: ${word}`
}

/** Characters are code points, as in Python. */
function cut(text: string): string {
  return [...text.slice(0, 2 * WORD_CHARACTERS_MAX)].slice(0, WORD_CHARACTERS_MAX).join('')
}
