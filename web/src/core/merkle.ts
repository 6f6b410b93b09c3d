/**
 * The index of a room's member set: digests that depend on the set alone, and the root over them.
 *
 * Records rest in one AVL tree of blocks per bucket (`avl.ts`); what is hashed of them is kept until it changes
 * (`digests.ts`). The root covers one node per day, in a tree whose shape is defined by the days alone, so equal sets
 * have equal roots however they came to be (docs/protocol.md, "Sync").
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { LocalProtocolError } from '../errors.ts'
import { BlockTree, type Piece } from './avl.ts'
import { bisectLeft, bisectRight } from './bisect.ts'
import { type Entry, ID_BYTES, sortedColumns } from './block.ts'
import { checkBucketSeconds, dayBound, dayCuts, dayOf, earlier, isBefore, lastDay, later } from './bucket.ts'
import { DAY_SECONDS, type UnixTime } from './clock.ts'
import { DayTree, u32 } from './day-tree.ts'
import { Digests } from './digests.ts'
import { WINDOW_DAYS_MAX } from './limits.ts'
import type { Bound } from './message.ts'
import type { RecordId } from './record.ts'
import type { RoomTag } from './signal.ts'
import type { Summary } from './summary.ts'
import { firstBound, startOf, windowDays } from './window.ts'

const U32_MAX = 2 ** 32 - 1
const FIRST: Bound = [0, '']
const ROOT_DOMAIN = utf8ToBytes('peerset/root1')
/** Windows of which an index keeps the tree: neighbours may keep their records for other times. */
const DAY_TREES_KEPT = 4

/** What two peers compare first: equal roots mean equal sets. */
export interface RoomRoot {
  readonly count: number
  /** 32 bytes in hex; messages carry the first 16. */
  readonly digest: string
}

/** How an index is kept. */
export interface IndexOptions {
  /** How long a stretch of records shares one tree; no digest depends on it. */
  readonly bucketSeconds?: number
}

/** A bucket, its tree, and the ranks in it from which and up to which a range reaches. */
interface Span {
  readonly bucket: number
  readonly tree: BlockTree
  readonly start: number
  readonly stop: number
}

/** The ids of a member set in the order (createdAt, id), with digests of any range. */
export class Index {
  /** How many short ids have been made of ours. */
  shortenedIds = 0
  /** The sketch of what is compared, once that is kept. */
  summary: Summary | null = null
  private readonly bucketSeconds: number
  private readonly trees = new Map<number, BlockTree>()
  /** The keys of the trees, ascending; no tree is empty. */
  private readonly buckets: number[] = []
  private readonly digests = new Digests(this)
  /** Those of the windows of which a root was asked for, the latest last. */
  private readonly dayTrees = new Map<string, DayTree>()

  /**
   * Make an empty index.
   *
   * Throws:
   *   ConfigError: *bucketSeconds* is no divisor of a day.
   */
  constructor({ bucketSeconds = DAY_SECONDS }: IndexOptions = {}) {
    this.bucketSeconds = checkBucketSeconds(bucketSeconds)
  }

  /**
   * Build the index of *entries* at once; fastest when they come sorted.
   *
   * Throws:
   *   ConfigError: *bucketSeconds* is no divisor of a day, or an id is not 32 bytes long.
   */
  static bulk(entries: Iterable<Entry>, options: IndexOptions = {}): Index {
    const index = new Index(options)
    const { times, ids } = sortedColumns(entries)
    let start = 0
    for (let first = times[start]; first !== undefined; first = times[start]) {
      const bucket = index.bucketOf(first)
      const stop = bisectLeft(times, (bucket + 1) * index.bucketSeconds, start)
      const columns = { times: times.subarray(start, stop), ids: ids.subarray(start * ID_BYTES, stop * ID_BYTES) }
      index.trees.set(bucket, BlockTree.fromColumns(columns))
      index.buckets.push(bucket)
      start = stop
    }
    return index
  }

  /** How many ids have been hashed so far; what a peer's questions cost is counted with it. */
  get hashedIds(): number {
    return this.digests.hashedIds + this.shortenedIds
  }

  /** The number of entries. */
  get size(): number {
    let size = 0
    for (const tree of this.trees.values()) size += tree.size
    return size
  }

  /** Say whether an entry is in the set. */
  has(createdAt: number, recordId: RecordId): boolean {
    return this.trees.get(this.bucketOf(createdAt))?.has(createdAt, recordId) ?? false
  }

  /**
   * Add an entry; say whether it was new.
   *
   * Throws:
   *   ConfigError: the id is not 32 bytes long.
   */
  add(createdAt: number, recordId: RecordId): boolean {
    const bucket = this.bucketOf(createdAt)
    const tree = this.trees.get(bucket)
    if (tree === undefined) {
      this.trees.set(bucket, BlockTree.bulk([[createdAt, recordId]]))
      this.buckets.splice(bisectLeft(this.buckets, bucket), 0, bucket)
    } else if (!tree.insert(createdAt, recordId)) {
      return false
    }
    this.digests.changed(createdAt)
    this.summary?.added(createdAt, recordId)
    return true
  }

  /** Take an entry out; say whether it was there. */
  discard(createdAt: number, recordId: RecordId): boolean {
    const bucket = this.bucketOf(createdAt)
    const tree = this.trees.get(bucket)
    if (!tree?.remove(createdAt, recordId)) return false
    if (tree.size === 0) this.drop(bucket)
    this.digests.changed(createdAt)
    this.summary?.discarded(createdAt, recordId)
    return true
  }

  /** Take out every entry with createdAt below *before*; give their number. */
  discardBefore(before: number): number {
    let discarded = 0
    for (const { bucket, tree, stop } of this.spans(FIRST, [before, ''])) {
      if (stop < tree.size) this.trees.set(bucket, BlockTree.bulk(tree.entries(stop, tree.size)))
      else this.drop(bucket)
      this.digests.forget(dayOf(bucket * this.bucketSeconds))
      discarded += stop
    }
    if (discarded > 0) this.summary?.discardedBefore(before)
    return discarded
  }

  /** Count the entries from *lower* up to but not including *upper*. */
  count(lower: Bound, upper: Bound): number {
    return countOf(this.spans(lower, upper))
  }

  /** Give the ids of the entries from *lower* up to *upper* as bytes, in order: views that a change of the index spoils. */
  *idBytes(lower: Bound, upper: Bound): Generator<Uint8Array> {
    for (const { block, first, end } of this.pieces(lower, upper)) {
      for (let at = first; at < end; at += 1) yield block.slice(at, at + 1)
    }
  }

  /** Give the entries from *lower* up to *upper*, in order; the index must not change meanwhile. */
  *entries(lower: Bound, upper: Bound): Generator<Entry> {
    for (const { tree, start, stop } of this.spans(lower, upper)) yield* tree.entries(start, stop)
  }

  /** Give the bound in a range that *rank* of its entries come before, as long as it has more. */
  bound(lower: Bound, upper: Bound, rank: number): Bound {
    return select(this.spans(lower, upper), rank)
  }

  /** Give the parts of blocks that hold the entries from *lower* up to *upper*, in order. */
  *pieces(lower: Bound, upper: Bound): Generator<Piece> {
    for (const { tree, start, stop } of this.spans(lower, upper)) yield* tree.pieces(start, stop)
  }

  /** List the UTC days with entries from *first* to *last*, ascending. */
  days(first: number, last: number): number[] {
    const start = bisectLeft(this.buckets, this.bucketOf(first * DAY_SECONDS))
    const stop = bisectLeft(this.buckets, this.bucketOf((last + 1) * DAY_SECONDS))
    return [...new Set(this.buckets.slice(start, stop).map(bucket => dayOf(bucket * this.bucketSeconds)))]
  }

  /** Compute R of a range, in hex (docs/protocol.md, "Digests"). */
  digest(lower: Bound, upper: Bound): string {
    return bytesToHex(this.digests.of(lower, upper))
  }

  /**
   * Give the bounds that cut a range into at most *parts*: ascending, strictly inside.
   *
   * A range of several UTC days is cut at midnights, so that its parts have kept digests; one within a day at equal
   * ranks, each bound with the shortest id prefix that separates its neighbours.
   */
  cut(lower: Bound, upper: Bound, parts: number): Bound[] {
    if (lastDay(upper) > dayOf(lower[0])) return dayCuts(lower, upper, parts)
    const spans = this.spans(lower, upper)
    const total = countOf(spans)
    const cells = Math.min(parts, total)
    const bounds: Bound[] = []
    for (let number = 1; number < cells; number += 1) {
      const rank = Math.floor((total * number) / cells)
      bounds.push(boundBetween(select(spans, rank - 1), select(spans, rank)))
    }
    return bounds
  }

  /**
   * Compute the root of the days from *firstDay*, over records with createdAt below *upto*.
   *
   * Throws:
   *   LocalProtocolError: the window is longer than `WINDOW_DAYS_MAX` days or does not fit 32 bits.
   */
  root(roomTag: RoomTag, firstDay: number, upto: UnixTime): RoomRoot {
    const days = windowDays(firstDay, upto)
    if (firstDay < 0 || upto > U32_MAX || days > WINDOW_DAYS_MAX) {
      throw new LocalProtocolError(`a window from day ${firstDay} to ${upto}; at most ${WINDOW_DAYS_MAX} days`)
    }
    // Most days of a long window are empty, and cost no look into the trees.
    const [start, first] = [firstBound(firstDay), dayOf(startOf(firstDay))]
    const leaves = this.days(first, first + days - 1).map(day =>
      this.digests.leaf(day, later(start, dayBound(day)), earlier(dayBound(day + 1), [upto, ''])),
    )
    const count = leaves.reduce((sum, leaf) => sum + leaf.count, 0)
    const window = [u32(firstDay), u32(upto), u32(count)]
    const parts = [ROOT_DOMAIN, hexToBytes(roomTag), ...window, this.dayTree(first, days).digest(leaves)]
    return { count, digest: bytesToHex(sha256(concatBytes(...parts))) }
  }

  private dayTree(firstDay: number, days: number): DayTree {
    const window = `${firstDay} ${days}`
    const tree = this.dayTrees.get(window) ?? new DayTree(firstDay, days)
    this.dayTrees.delete(window)
    const [oldest = ''] = this.dayTrees.keys()
    if (this.dayTrees.size === DAY_TREES_KEPT) this.dayTrees.delete(oldest)
    this.dayTrees.set(window, tree)
    return tree
  }

  /** List [UTC day, number of entries] of the days that have any, ascending. */
  dayCounts(): [day: number, count: number][] {
    const counts = new Map<number, number>()
    for (const bucket of this.buckets) {
      const day = dayOf(bucket * this.bucketSeconds)
      counts.set(day, (counts.get(day) ?? 0) + this.treeOf(bucket).size)
    }
    return [...counts]
  }

  private bucketOf(createdAt: number): number {
    return Math.floor(createdAt / this.bucketSeconds)
  }

  private treeOf(bucket: number): BlockTree {
    const tree = this.trees.get(bucket)
    if (tree === undefined) throw new Error('buckets and trees disagree')
    return tree
  }

  /** List the trees that hold entries of a range, each with the ranks of the first and past the last. */
  private spans(lower: Bound, upper: Bound): Span[] {
    const first = bisectLeft(this.buckets, this.bucketOf(lower[0]))
    const last = bisectRight(this.buckets, this.bucketOf(upper[0]))
    const spans: Span[] = []
    for (const bucket of this.buckets.slice(first, Math.max(first, last))) {
      const tree = this.treeOf(bucket)
      const begin: Bound = [bucket * this.bucketSeconds, '']
      const end: Bound = [begin[0] + this.bucketSeconds, '']
      const start = isBefore(begin, lower) ? tree.rank(lower) : 0
      const stop = isBefore(upper, end) ? tree.rank(upper) : tree.size
      if (start < stop) spans.push({ bucket, tree, start, stop })
    }
    return spans
  }

  private drop(bucket: number): void {
    this.trees.delete(bucket)
    this.buckets.splice(bisectLeft(this.buckets, bucket), 1)
  }
}

function countOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, stop }) => sum + stop - start, 0)
}

/** Give the entry with *rank* others before it in *spans*. */
function select(spans: readonly Span[], rank: number): Entry {
  let remaining = rank
  for (const { tree, start, stop } of spans) {
    if (remaining < stop - start) return tree.select(start + remaining)
    remaining -= stop - start
  }
  throw new RangeError(`entry ${rank} of ${countOf(spans)}`)
}

/** Give the shortest bound that comes after *below* and not after *above*. */
function boundBetween(below: Entry, above: Entry): Bound {
  if (below[0] < above[0]) return [above[0], '']
  let shared = 0
  while (below[1][shared] === above[1][shared]) shared += 1
  // A prefix has whole bytes, two digits each.
  return [above[0], above[1].slice(0, shared - (shared % 2) + 2)]
}
