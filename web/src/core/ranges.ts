/**
 * Which ranges of two sets differ: the answers to the peer's `Days` and `Ranges`, without any state of a session.
 *
 * A range is open while both sides have records in it and their fingerprints differ. Each answer either lists an
 * open range, which the next answer ends, or cuts it into smaller ones; what an answer does not mention is finished
 * (docs/protocol.md, "Sync"). Everything on the wire is keyed by the session's salt, so nothing that collides there
 * can be prepared.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Entry } from './block.ts'
import { earlier, isBefore, isSameBound } from './bucket.ts'
import type { UnixTime } from './clock.ts'
import type { Index } from './merkle.ts'
import type { Bound, Cell, Days, Fingerprint, IdList, RangeItem } from './message.ts'
import { LISTED_ID_BYTES, splitIds } from './packing.ts'
import type { RecordId } from './record.ts'
import { firstBound, windowCell, windowDays } from './window.ts'

export const SALT_BYTES = 16
const KEYED_BYTES = 8

/** What a fingerprint, or a list beside its ids, is counted as. */
export const ITEM_BYTES = 16
/** Fingerprints take at most this part of a budget, so that the lists they lead to fit as well. */
export const FINGERPRINTS_PART = 3
/** What an answer should fill: one packet. */
export const ANSWER_BYTES = 1_100
export const FINGERPRINT_ITEM_BYTES = 11
export const BRANCHES_MIN = 16
export const BRANCHES_MAX = 64
/** Of smaller parts, fingerprints and the heads of lists cost more than the ids they spare, where much differs. */
export const RECORDS_PER_BRANCH_MIN = 16
export const LISTED_MIN = 48
export const LISTED_MAX = 96
/** Counts that differ by more than this part of them speak of a whole stretch missing, not of scattered records. */
export const LUMP_PARTS = 16

const SALT_DOMAIN = utf8ToBytes('peerset/salt1')
const FINGERPRINT_DOMAIN = utf8ToBytes('peerset/fp1')
const SHORT_ID_DOMAIN = utf8ToBytes('peerset/sid1')

/** How many bytes of ranges a side may still say in a round, and from where on they are left for the next one. */
export class Budget {
  bytesLeft: number
  /** The lower bound of the first range that was left for another round. */
  left: Bound | null = null
  readonly #resume: Bound | null
  #fingerprintsLeft: number
  // Apart, for they answer the peer's lists: what it may list can be asked for, however much we list ourselves.
  #wantsLeft: number

  constructor(bytesMax: number, resume: Bound | null = null) {
    this.bytesLeft = bytesMax
    this.#resume = resume
    this.#fingerprintsLeft = Math.floor(bytesMax / FINGERPRINTS_PART)
    this.#wantsLeft = Math.floor(bytesMax / LISTED_ID_BYTES)
  }

  /** Say whether a list of *count* ids may answer a range, and count it. */
  lists(lower: Bound, upper: Bound, count: number): boolean {
    return this.#admits(lower, upper, ITEM_BYTES + LISTED_ID_BYTES * count, this.bytesLeft)
  }

  /** Say whether so many fingerprints may answer a range, and count them; lists are to follow, and need more. */
  cuts(lower: Bound, upper: Bound, parts: number): boolean {
    const size = ITEM_BYTES * parts
    const isAdmitted = this.#admits(lower, upper, size, Math.min(this.#fingerprintsLeft, this.bytesLeft))
    if (isAdmitted) this.#fingerprintsLeft -= size
    return isAdmitted
  }

  /** Give how many of *count* records, listed from *lower* on, may be asked for, and count them. */
  wants(lower: Bound, count: number): number {
    const admitted = Math.min(count, this.#wantsLeft)
    this.#wantsLeft -= admitted
    if (admitted < count) this.left = earlier(this.left ?? lower, lower)
    return admitted
  }

  #admits(lower: Bound, upper: Bound, size: number, most: number): boolean {
    if (this.#resume !== null && !isBefore(this.#resume, upper)) return false
    if (this.left !== null && !isBefore(lower, this.left)) return false
    if (size > most) {
      this.left = lower
      return false
    }
    this.bytesLeft -= size
    return true
  }
}

/** Some of our records in a range: they are looked up when their turn comes, and take no memory before. */
export interface Share {
  readonly lower: Bound
  readonly upper: Bound
  /** Listed ids, one after the other. */
  readonly shortIds: string
  /** Those that *shortIds* name, instead of all others. */
  readonly isNamed: boolean
}

/** Give the listed ids of *share*. */
export function namesOf({ shortIds }: Share): string[] {
  return splitIds(shortIds)
}

/** Look at the next *most* records of the range of *share*; give those that are meant, and what remains. */
export function draw(
  share: Share,
  index: Index,
  salt: Uint8Array,
  most: number,
): { entries: Entry[]; rest: Share | null } {
  const names = new Set(namesOf(share))
  const entries: Entry[] = []
  let seen = 0
  for (const entry of index.entries(share.lower, share.upper)) {
    const [createdAt, id] = entry
    if ((names.size > 0 && names.has(listed(shortId(salt, id)))) === share.isNamed) entries.push(entry)
    seen += 1
    if (seen === most) return { entries, rest: { ...share, lower: [createdAt, `${id}00`] } }
  }
  return { entries, rest: null }
}

/** What to send, and what has been found out, after one message of the peer. */
export interface Step {
  /** The answer; empty when nothing is left to compare. */
  readonly items: readonly RangeItem[]
  /** The ranges that *items* leave open, in order: these the peer may answer. */
  readonly opened: readonly Stretch[]
  /** The ranges that *items* list, each with the short ids given, for the `Want` that may come back. */
  readonly listed: readonly Share[]
  /** Short ids of records that the peer has and we lack, in the order in which they were listed. */
  readonly wanted: readonly string[]
  /** Records that we have and the peer lacks. */
  readonly pushed: readonly Share[]
}

/** What lies from one bound up to, not including, another. */
export type Stretch = readonly [lower: Bound, upper: Bound]

/** Which cells an overview by days has. */
export interface CellLayout {
  readonly firstDay: number
  readonly upto: UnixTime
  readonly cellDays: number
}

/** Say whether the items of *step* leave no range open: no `Ranges` will be needed after them, at most `Want`. */
export function isOver(step: Step): boolean {
  return step.opened.length === 0
}

/** Derive the 16-byte salt of a session from both sides' nonces, in either order. */
export function makeSalt(nonceA: Uint8Array, nonceB: Uint8Array): Uint8Array {
  const nonces = bytesToHex(nonceA) < bytesToHex(nonceB) ? [nonceA, nonceB] : [nonceB, nonceA]
  return sha256(concatBytes(SALT_DOMAIN, ...nonces)).slice(0, SALT_BYTES)
}

/** Key the digest of a range (hex): the 8 bytes that go on the wire, in hex. */
export function fingerprint(salt: Uint8Array, digest: string): string {
  return keyed(FINGERPRINT_DOMAIN, salt, hexToBytes(digest))
}

/** Key the id of a record: the 8 bytes by which it is told from all others, in hex. */
export function shortId(salt: Uint8Array, recordId: RecordId): string {
  return keyed(SHORT_ID_DOMAIN, salt, hexToBytes(recordId))
}

/** Give the first 5 bytes of a keyed id, by which it is told from the others of a range that is listed. */
export function listed(short: string): string {
  return short.slice(0, 2 * LISTED_ID_BYTES)
}

/** Give the listed ids of a range, in order. What looks like another one, 1 in 2^40, waits for another round. */
export function shortened(index: Index, salt: Uint8Array, lower: Bound, upper: Bound): string[] {
  // From bytes to bytes: ids in hex would take as long as the hashing.
  const shorts = Array.from(index.idBytes(lower, upper), id => listed(keyed(SHORT_ID_DOMAIN, salt, id)))
  index.shortenedIds += shorts.length
  return shorts
}

/** Give [count, fingerprint] of each cell of *cellDays* days; the last one ends at *upto*. */
export function dayCells(index: Index, salt: Uint8Array, { firstDay, upto, cellDays }: CellLayout): Cell[] {
  const count = Math.ceil(windowDays(firstDay, upto) / cellDays)
  return Array.from({ length: count }, (_, at) => cellOf(index, salt, ...windowCell(firstDay, at, cellDays, upto)))
}

/** Give the ranges that *days* leaves open: its cells that have records. */
export function openCells({ cells, firstDay, cellDays, upto }: Days): Stretch[] {
  const ranges = cells.map(([count], at) => [count, windowCell(firstDay, at, cellDays, upto)] as const)
  return ranges.flatMap(([count, range]) => (count > 0 && isBefore(...range) ? [range] : []))
}

/** Answer the peer's overview by days. */
export function compareDays(index: Index, salt: Uint8Array, days: Days, budget: Budget): Step {
  const answer = new Answer(index, salt, firstBound(days.firstDay), budget)
  const gaps: Gap[] = []
  for (const [at, [otherCount, otherFingerprint]] of days.cells.entries()) {
    const [lower, upper] = windowCell(days.firstDay, at, days.cellDays, days.upto)
    if (!isBefore(lower, upper)) break
    const [count, ownFingerprint] = cellOf(index, salt, lower, upper)
    if (otherCount === 0) answer.push(lower, upper)
    else if (count !== otherCount || ownFingerprint !== otherFingerprint) gaps.push({ lower, upper, count, otherCount })
  }
  answer.narrow(gaps)
  return answer.step()
}

/** Answer the peer's ranges, the first of which begins at *lower*, with an answer that so far *begun* there. */
export function compareRanges(
  index: Index,
  salt: Uint8Array,
  lower: Bound,
  items: readonly RangeItem[],
  budget: Budget,
  begun: Bound = lower,
): Step {
  const answer = new Answer(index, salt, begun, budget)
  const gaps: Gap[] = []
  let reached = lower
  for (const item of items) {
    const upper = item.upper
    if (item.type === 'IdList') {
      answer.settle(reached, upper, item.shortIds)
    } else if (item.type === 'Fingerprint' && differs(index, salt, reached, item)) {
      gaps.push({ lower: reached, upper, count: index.count(reached, upper), otherCount: null })
    }
    reached = upper
  }
  answer.narrow(gaps)
  return answer.step()
}

/** A range in which the two sides differ. */
interface Gap {
  readonly lower: Bound
  readonly upper: Bound
  /** How many records we have in it. */
  readonly count: number
  /** How many the peer says it has, when it said so. */
  readonly otherCount: number | null
}

/** Say whether the counts are so close that few records make the difference. */
function isScattered({ count, otherCount }: Gap): boolean {
  return otherCount !== null && Math.abs(count - otherCount) * LUMP_PARTS < Math.min(count, otherCount)
}

/** Collects what a step says; each item begins where the one before it ended. */
class Answer {
  readonly #index: Index
  readonly #salt: Uint8Array
  readonly #budget: Budget
  readonly #items: RangeItem[] = []
  readonly #opened: Stretch[] = []
  readonly #listed: Share[] = []
  readonly #wanted: string[] = []
  readonly #pushed: Share[] = []
  #reached: Bound

  constructor(index: Index, salt: Uint8Array, lower: Bound, budget: Budget) {
    this.#index = index
    this.#salt = salt
    this.#budget = budget
    this.#reached = lower
  }

  /** Give the peer all our records of a range. */
  push(lower: Bound, upper: Bound): void {
    if (this.#index.count(lower, upper) > 0) this.#pushed.push({ lower, upper, shortIds: '', isNamed: false })
  }

  /** Finish a range of which the peer lists everything it has. */
  settle(lower: Bound, upper: Bound, shortIds: readonly string[]): void {
    if (shortIds.length === 0) return this.push(lower, upper)
    const ours = new Set(shortened(this.#index, this.#salt, lower, upper))
    const theirs = new Set(shortIds)
    this.#wanted.push(...[...theirs].filter(short => !ours.has(short)))
    const shared = [...ours].filter(short => theirs.has(short))
    if (shared.length < ours.size) this.#pushed.push({ lower, upper, shortIds: shared.join(''), isNamed: false })
  }

  /** List or cut every gap, in order, so that the whole answer fills about one packet. */
  narrow(gaps: readonly Gap[]): void {
    const crowd = Math.max(1, gaps.filter(gap => gap.count > 0).length)
    const branches = clamp(Math.floor(ANSWER_BYTES / (FINGERPRINT_ITEM_BYTES * crowd)), BRANCHES_MIN, BRANCHES_MAX)
    const listedMax = clamp(Math.floor(ANSWER_BYTES / (LISTED_ID_BYTES * crowd)), LISTED_MIN, LISTED_MAX)
    for (const gap of gaps) {
      if (gap.count <= listedMax) {
        if (this.#budget.lists(gap.lower, gap.upper, gap.count)) this.#list(gap.lower, gap.upper)
        continue
      }
      const cuts = this.#cuts(gap, Math.min(branches, Math.floor(gap.count / RECORDS_PER_BRANCH_MIN)), listedMax)
      if (!this.#budget.cuts(gap.lower, gap.upper, cuts.length + 1)) continue
      for (const [lower, upper] of partsBetween(gap, cuts)) this.#summarise(lower, upper)
    }
  }

  /** Give what was collected. */
  step(): Step {
    const [opened, listed, wanted, pushed] = [this.#opened, this.#listed, this.#wanted, this.#pushed]
    return { items: this.#items, opened, listed, wanted, pushed }
  }

  /** Cut *gap*: at midnights where it has any inside, and between them too when that saves an answer. */
  #cuts(gap: Gap, branches: number, listedMax: number): Bound[] {
    const cuts = this.#index.cut(gap.lower, gap.upper, branches)
    const parts = partsBetween(gap, cuts)
    const counts = parts.map(([lower, upper]) => this.#index.count(lower, upper))
    const savesAnswer = depth(gap.count, branches, listedMax) <= depth(Math.max(...counts), branches, listedMax)
    if (!isScattered(gap) || !savesAnswer) return cuts
    const finer: Bound[] = []
    for (const [place, [lower, upper]] of parts.entries()) {
      const share = Math.floor((branches * (counts[place] ?? 0)) / gap.count)
      finer.push(...this.#index.cut(lower, upper, share), upper)
    }
    return finer.slice(0, -1)
  }

  #summarise(lower: Bound, upper: Bound): void {
    // A list of one id is as short as a fingerprint and needs no further answer; so is an empty one.
    if (this.#index.count(lower, upper) <= 1) {
      this.#list(lower, upper)
    } else {
      this.#opened.push([lower, upper])
      const keyedDigest = fingerprint(this.#salt, this.#index.digest(lower, upper))
      this.#append(lower, { type: 'Fingerprint', upper, fingerprint: keyedDigest })
    }
  }

  #list(lower: Bound, upper: Bound): void {
    const shortIds = shortened(this.#index, this.#salt, lower, upper)
    if (shortIds.length > 0) this.#listed.push({ lower, upper, shortIds: shortIds.join(''), isNamed: true })
    this.#append(lower, { type: 'IdList', upper, shortIds })
  }

  /** Add *item*, which begins at *lower*; empty lists side by side become one. */
  #append(lower: Bound, item: Fingerprint | IdList): void {
    const before = this.#items.at(-1)
    if (!isSameBound(lower, this.#reached)) {
      this.#items.push({ type: 'Skip', upper: lower })
    } else if (before !== undefined && isEmptyList(item) && isEmptyList(before)) {
      this.#items.pop()
    }
    this.#items.push(item)
    this.#reached = item.upper
  }
}

function keyed(domain: Uint8Array, salt: Uint8Array, bytes: Uint8Array): string {
  return bytesToHex(sha256(concatBytes(domain, salt, bytes)).subarray(0, KEYED_BYTES))
}

function differs(index: Index, salt: Uint8Array, lower: Bound, item: Fingerprint): boolean {
  return fingerprint(salt, index.digest(lower, item.upper)) !== item.fingerprint
}

function cellOf(index: Index, salt: Uint8Array, lower: Bound, upper: Bound): Cell {
  const count = index.count(lower, upper)
  return count > 0 ? [count, fingerprint(salt, index.digest(lower, upper))] : [0, '']
}

/** Give the pairs of neighbouring bounds from the lower one of *gap* over *cuts* to its upper one. */
function partsBetween(gap: Gap, cuts: readonly Bound[]): [lower: Bound, upper: Bound][] {
  const uppers = [...cuts, gap.upper]
  return uppers.map((upper, place) => [cuts[place - 1] ?? gap.lower, upper])
}

function isEmptyList(item: RangeItem): boolean {
  return item.type === 'IdList' && item.shortIds.length === 0
}

function clamp(number: number, least: number, most: number): number {
  return Math.min(Math.max(number, least), most)
}

/** How many answers it takes to cut *count* records down to what is listed. */
function depth(count: number, branches: number, listedMax: number): number {
  let answers = 0
  for (let rest = count; rest > listedMax; rest = Math.floor(rest / branches)) answers += 1
  return answers
}
