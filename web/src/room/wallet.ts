/** The grants that a writer holds in its room, and which of them a record is to carry. Loaded where there are any. */

import type { UnixTime } from '../core/clock.ts'
import { makeFilter } from '../core/filter.ts'
import {
  coversCollection,
  GRANT_TAG,
  type Grant,
  grantsIn,
  grantText,
  holdsAt,
  isGenuine,
  readGrant,
  spokenFor,
} from '../core/grant.ts'
import { HEIR_TAG, isNamed, isSuccession, readSuccession, type Succession, successionText } from '../core/heir.ts'
import { npub, type PublicKey } from '../core/keys.ts'
import { HEIRS_MAX } from '../core/limits.ts'
import { KIND_DELETION, KIND_RECORD, type RecordId, shellOf, type Tags, tagValues } from '../core/record.ts'
import { type RoomName, type RoomTag, roomTag } from '../core/signal.ts'
import { readText, several } from '../core/typed.ts'
import type { Draft } from '../data/desk.ts'
import { ConfigError, MalformedError } from '../errors.ts'
import type { GrantPolicy } from '../policies/granting.ts'
import type { Policy, Signer, Store } from '../ports.ts'

/** Among so many of our latest records. */
const GRANTS_LOOKED_FOR = 64
/** So many grants and successions a room is joined with. */
const TOKENS_MAX = 64
/** So many owners are named at most. */
const OWNERS_NAMED = 3
const NO_ID = '0'.repeat(64) as RecordId
const ID = /^[0-9a-f]{64}$/

/** What somebody else signed for us: a grant, or that we are their heir. */
export type Token = Grant | Succession

/**
 * Read what `join` is given: the text of one grant, or several, all for the room of *roomTag*, and for *author*; and of
 * successions that lead to *author*.
 *
 * Throws ConfigError for what is no such text, for another room or key, or not signed by its owner, and for too many.
 */
export function readGrants(given: unknown, roomTag: RoomTag, author: PublicKey): Token[] {
  const texts = several(given)
  if (texts.length > TOKENS_MAX) {
    throw new ConfigError(`grants: a room is joined with at most ${TOKENS_MAX}, not ${texts.length}`)
  }
  const tokens = texts.map(each => genuine(read(each), roomTag))
  const before = new Set([author, ...tokens.map(each => (isHeir(each) ? each.key : each.owner))])
  for (const each of tokens) {
    if (isHeir(each)) {
      const named = `${npub(each.key)} names ${npub(each.heir)} as its heir`
      if (!before.has(each.heir)) throw new ConfigError(`${named}, but you write as ${npub(author)}`)
    } else if (each.writer !== author) {
      throw new ConfigError(`a grant is for ${npub(each.writer)}, but you write as ${npub(author)}`)
    }
  }
  return tokens
}

function isHeir(token: Token): token is Succession {
  return 'heir' in token
}

/** Give *token*, if who is said to have signed it did. */
function genuine(token: Token, roomTag: RoomTag): Token {
  if (isHeir(token)) {
    if (isNamed(token)) return token
    throw new ConfigError(`${npub(token.key)} did not sign that ${npub(token.heir)} is its heir`)
  }
  if (isGenuine(token, roomTag)) return token
  throw new ConfigError(`a grant by ${npub(token.owner)} was not signed by it, or is for another room`)
}

/** Makes the wallet of a signer; null where none is needed. */
export type WalletOf = (signer: Pick<Signer, 'publicKey'>) => Wallet | null

/** Read the grants that *author* was given for *room*; give what makes its wallet of them. Throws as `readGrants`. */
export function walletOf(
  given: unknown,
  room: RoomName,
  author: Pick<Signer, 'publicKey'>,
  policies: readonly Policy[],
): WalletOf {
  const tag = roomTag(room)
  const grants = readGrants(given ?? [], tag, author.publicKey)
  return ({ publicKey }) => new Wallet(publicKey, tag, grants, policies)
}

/** The grants of an author, and what of a room's policies asks for any. */
export class Wallet {
  readonly #author: PublicKey
  #grants: readonly Grant[]
  readonly #heirs: readonly Succession[]
  readonly #policies: readonly GrantPolicy[]
  readonly #roomTag: RoomTag

  constructor(author: PublicKey, room: RoomTag, tokens: readonly Token[], policies: readonly Policy[]) {
    this.#author = author
    this.#roomTag = room
    this.#grants = longestFirst(tokens.filter((each): each is Grant => !isHeir(each)))
    const heirs = tokens.filter(isHeir)
    this.#heirs = heirs.sort(
      (one, other) => one.since - other.since || (successionText(one) < successionText(other) ? -1 : 1),
    )
    this.#policies = policies.filter(isGrantPolicy)
  }

  /** We write by grants of others. */
  get isGranted(): boolean {
    return this.#grants.length > 0
  }

  /** For whom we write, as a device does; null: for ourselves. */
  get owner(): PublicKey | null {
    return this.#grants.find(({ isOnBehalf }) => isOnBehalf)?.owner ?? null
  }

  /** Write by these grants, too, of those by whose grants we do already: nobody else makes us carry theirs. */
  take(texts: readonly string[]): void {
    const [owners, known] = [this.#grants.map(({ owner }) => owner), this.#grants.map(grantText)]
    const fresh = texts.filter(text => !known.includes(text)).map(readGrant)
    this.#grants = longestFirst([...this.#grants, ...fresh.filter(({ owner }) => owners.includes(owner))])
  }

  /** Give the policy that wants a grant of a record of ours; null without any. */
  asking(kind: number, collection: string | null): GrantPolicy | null {
    return this.#policies.find(each => each.asks(this.#author, kind, collection)) ?? null
  }

  /** Give the tags that a record of ours is to carry: of its grants, and on behalf of others of those whose heir we are. */
  tags(draft: Pick<Draft, 'kind' | 'tags' | 'isOnBehalf'>, createdAt: number): Tags {
    const granted = this.#granted(draft, createdAt).map(grant => [GRANT_TAG, grantText(grant)])
    if (!draft.isOnBehalf || this.#heirs.length === 0 || tagValues(draft, HEIR_TAG).length > 0) return granted
    const carried = tagValues({ tags: [...draft.tags, ...granted] }, GRANT_TAG)
    const owner = this.#grants.find(grant => grant.isOnBehalf && carried.includes(grantText(grant)))?.owner
    return [...granted, ...this.#before(owner ?? this.#author, createdAt).map(each => [HEIR_TAG, successionText(each)])]
  }

  /** Give the steps from *author* to who wrote first; of several heirs' tokens the earliest, then the lowest. */
  #before(author: PublicKey, createdAt: number): Succession[] {
    const passed = [author]
    const steps: Succession[] = []
    while (steps.length < HEIRS_MAX) {
      const fitting = this.#heirs.filter(({ heir, since }) => heir === passed.at(-1) && since <= createdAt)
      const step = fitting.find(({ key }) => !passed.includes(key))
      if (step === undefined) break
      steps.push(step)
      passed.push(step.key)
    }
    return steps
  }

  /**
   * Give the grants that a record of ours is to carry: one by which it may be written, and one of whom it speaks for.
   *
   * None where it has one already; and neither where a policy asks for it of others alone, or none is here. Where no
   * policy is known that asks for any, others may have one of their own, which no address can name.
   */
  #granted(
    { kind, tags, isOnBehalf = false }: Pick<Draft, 'kind' | 'tags' | 'isOnBehalf'>,
    createdAt: number,
  ): Grant[] {
    if (tagValues({ tags }, GRANT_TAG).length > 0) return []
    const collection = tagValues({ tags }, 'c')[0] ?? null
    const fitting = this.#grants.filter(grant => coversCollection(grant, collection) && holdsAt(grant, createdAt))
    const speaking = fitting.filter(grant => isOnBehalf && grant.isOnBehalf).slice(0, 1)
    const policy = this.asking(kind, collection)
    if (policy === null) {
      const plain = fitting.filter(grant => !grant.isOnBehalf).slice(0, 1)
      return speaking.length > 0 || this.#policies.length > 0 ? speaking : plain
    }
    const ours = this.#grants.filter(({ owner }) => policy.owners.has(owner))
    const admitting = [...speaking, ...fitting].filter(grant => ours.includes(grant))
    // One that does not fit lets whoever refuses it say why.
    const found = [...admitting, ...ours, ...speaking, ...this.#grants].slice(0, 1)
    return [...new Set([...found, ...speaking])]
  }

  /** Say for whom a record of ours in *collection*, which is on behalf of others, speaks now. */
  speaksFor(collection: string, now: UnixTime): PublicKey {
    const tags = [['c', collection]]
    const granted = this.tags({ kind: KIND_RECORD, tags, isOnBehalf: true }, now)
    const shell = shellOf(NO_ID, this.#author, now, KIND_RECORD)
    return spokenFor({ ...shell, tags: [['h', this.#roomTag], ...tags, ...granted] })
  }

  /** Give a deletion the grant by which we wrote: what we wrote we can delete, whatever has run out since. */
  async granted(deletion: Draft, store: Pick<Store, 'get' | 'query'>): Promise<Draft> {
    const policy = deletion.kind === KIND_DELETION ? this.asking(deletion.kind, null) : null
    if (policy === null || this.#grants.some(({ owner }) => policy.owners.has(owner))) return deletion
    const targets = await store.get(tagValues(deletion, 'e').filter(each => ID.test(each)) as RecordId[])
    const latest = await store.query(makeFilter({ authors: [this.#author], limit: GRANTS_LOOKED_FOR }))
    const found = [...targets, ...latest].flatMap(grantsIn).find(({ owner }) => policy.owners.has(owner))
    return found === undefined ? deletion : { ...deletion, tags: [...deletion.tags, [GRANT_TAG, grantText(found)]] }
  }
}

function longestFirst(grants: Grant[]): Grant[] {
  return grants.sort((one, other) => other.until - one.until || (grantText(one) < grantText(other) ? -1 : 1))
}

/** Say whether a policy asks for grants. */
export function isGrantPolicy(policy: Policy): policy is GrantPolicy {
  return 'asks' in policy && 'owners' in policy
}

/** Name those whose grants *policy* asks for, three at most. */
export function namedOwners({ owners }: Pick<GrantPolicy, 'owners'>): string {
  return [...owners].sort().slice(0, OWNERS_NAMED).map(npub).join(' or ')
}

function read(given: unknown): Token {
  try {
    const text = readText('a grant', given).trim()
    return isSuccession(text) ? readSuccession(text) : readGrant(text)
  } catch (error) {
    if (error instanceof MalformedError) throw new ConfigError(`grants: ${error.message}`)
    throw error
  }
}
