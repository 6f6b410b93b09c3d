/**
 * Prints what rounds of sync cost the page's machines, as lines of JSON for tests/bench/bench_round.py, whose twin it is:
 * `node --expose-gc --import tsx bench/rounds.ts [records of a large set]`.
 */

import { Index } from '../src/core/merkle.ts'
import type { Bound, Days, Message, RangeItem, Ranges, SyncMessage } from '../src/core/message.ts'
import { openCells } from '../src/core/ranges.ts'
import { decode, encode } from '../src/core/wire.ts'
import type { Request } from '../src/protocol/effects.ts'
import { everything } from '../src/protocol/horizon.ts'
import { window } from '../src/protocol/retention.ts'
import { State, type Sync } from '../src/protocol/sync.ts'
import { draw, type Entry, Meeting, makeSync, millisecondsSince } from '../test/protocol/large.ts'
import { at, ROOM_TAG, START } from '../test/protocol/pair.ts'
import { seededRng } from '../test/seeded.ts'
import { type Row, tell } from './rows.ts'

const NOW = at(0)
const ATTACKED = 100_000
const LIES = 60
const LARGE = Number(process.argv[2] ?? 1_000_000)
const WRONG = '78'.repeat(8)
const STRANGE = '78'.repeat(5)
const LAST_MINUTE: Bound = [everything(START) - 60, '']

/** Says what is not so, as the side that opened the round and claims to hold a million records. */
class Liar {
  longestMilliseconds = 0
  strikes = 0
  readonly #sync: Sync

  constructor(index: Index) {
    this.#sync = makeSync(index, false)
  }

  /** Open a round; give where the cells of the answer end. */
  open(): Bound[] {
    const { firstDay } = window(START)
    const root = {
      type: 'Root',
      round: 1,
      firstDay,
      upto: everything(START),
      count: LARGE,
      digest: '78'.repeat(16),
    } as const
    const [days] = this.say(root)
    return openCells(days as Days).map(([, upper]) => upper)
  }

  /** Say *message*; give what is said to it, however many ticks it takes. */
  say(message: SyncMessage): Message[] {
    const answers = this.#timed(() => this.#sync.receive(message, NOW))
    while ([State.COMPARING, State.FETCHING].some(state => state === this.#sync.state) && this.#sync.deadline === 0) {
      answers.push(...this.#timed(() => this.#sync.tick(NOW)))
    }
    return answers
  }

  #timed(work: () => Request[]): Message[] {
    const started = process.cpuUsage()
    const effects = work()
    this.longestMilliseconds = Math.max(this.longestMilliseconds, millisecondsSince(started))
    this.strikes += effects.filter(effect => effect.type === 'Strike').length
    return effects.flatMap(effect => (effect.type === 'Send' ? [effect.message] : []))
  }
}

/** Say again and again to have nothing at all. */
function askAgain(liar: Liar): void {
  liar.open()
  const items: RangeItem[] = [
    { type: 'IdList', upper: LAST_MINUTE, shortIds: [] },
    { type: 'Fingerprint', upper: [everything(START), ''], fingerprint: WRONG },
  ]
  for (let lie = 0; lie < LIES; lie += 1) liar.say({ type: 'Ranges', round: 1, items, more: true })
}

/** Say of all that is open, level by level, that it differs, until all of it is listed. */
function differ(liar: Liar, level: () => void): void {
  const cells = liar.open()
  let said = cells.map((upper, place) =>
    encode(unequal([{ type: 'Fingerprint', upper, fingerprint: '' }], place < cells.length - 1)),
  )
  while (said.length > 0) {
    // What the liar says is kept as bytes, which are not counted.
    const answers: Uint8Array[] = []
    for (const data of said) {
      for (const answer of liar.say(decode(data) as SyncMessage)) {
        if (answer.type === 'Ranges') answers.push(encode(unequal(answer.items, answer.more)))
      }
    }
    said = answers
    level()
  }
}

function unequal(items: readonly RangeItem[], more: boolean): Ranges {
  const lies = items.map(
    ({ type, upper }): RangeItem =>
      type === 'Fingerprint' ? { type, upper, fingerprint: WRONG } : { type: 'Skip', upper },
  )
  return { type: 'Ranges', round: 1, items: lies, more }
}

/** List one id that nobody has against all records of each cell. */
function listOne(liar: Liar): void {
  for (const upper of liar.open()) {
    liar.say({ type: 'Ranges', round: 1, items: [{ type: 'IdList', upper, shortIds: [STRANGE] }], more: true })
  }
}

function attack(index: Index, name: string, lie: (liar: Liar, level: () => void) => void): Row[] {
  const before = heapAfterCollection()
  let most = 0
  const kept = new Liar(index)
  lie(kept, () => (most = Math.max(most, heapAfterCollection() - before)))
  most = Math.max(most, heapAfterCollection() - before)
  // The least of three: collections of garbage and compilers run on threads of their own, but in the same time.
  const longest = [0, 1, 2].map(() => {
    const timed = new Liar(index)
    lie(timed, () => undefined)
    return timed.longestMilliseconds
  })
  return [
    [`${name}, of ${ATTACKED.toLocaleString('en')}: longest step (goal 50)`, Math.min(...longest), 'ms'],
    [`${name}, of ${ATTACKED.toLocaleString('en')}: memory (goal 8)`, most / 2 ** 20, 'MiB'],
    [`${name}, of ${ATTACKED.toLocaleString('en')}: strikes`, kept.strikes, ''],
  ]
}

function heapAfterCollection(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function converge(name: string, ours: readonly Entry[], theirs: readonly Entry[]): Row[] {
  const meeting = new Meeting(ours, theirs)
  const started = process.cpuUsage()
  meeting.run()
  return [
    [`${name}: rounds (goal 3)`, meeting.rounds, ''],
    [`${name}: strikes (goal 0)`, meeting.strikes, ''],
    [`${name}: said by the side that said more`, Math.max(...meeting.saidBytes) / 2 ** 20, 'MiB'],
    [`${name}: both sides`, millisecondsSince(started) / 1e3, 's'],
    [`${name}: longest step`, meeting.longestMilliseconds, 'ms'],
    [`${name}: memory of the process`, process.memoryUsage().rss / 2 ** 20, 'MiB'],
  ]
}

const rng = seededRng('rounds')
const index = Index.bulk(draw(ATTACKED, rng))
// A page has its root at hand; the first of all takes as long as hashing every id.
index.root(ROOM_TAG, window(START).firstDay, everything(START))
tell(attack(index, 'everything asked for 60 times', askAgain))
tell(attack(index, 'all said to differ', differ))
tell(attack(index, 'one id listed against all', listOne))
if (LARGE > 0) {
  const [half, few, small] = [LARGE / 2, LARGE / 20, LARGE / 50]
  const entries = draw(LARGE + half, rng)
  const million = LARGE.toLocaleString('en')
  tell(converge(`${million} and as many, half differing`, entries.slice(0, LARGE), entries.slice(half)))
  tell(
    converge(
      `${million} and as many, a tenth differing, scattered`,
      entries.slice(0, LARGE),
      entries.slice(few, LARGE + few),
    ),
  )
  tell(
    converge(
      `${(10 * small).toLocaleString('en')} and ${small.toLocaleString('en')}, disjoint`,
      entries.slice(0, 10 * small),
      entries.slice(10 * small, 11 * small),
    ),
  )
}
