/**
 * Prints how two whole nodes of the page meet, as lines of JSON for tests/bench/bench_round.py, whose twin it is:
 * `node --max-old-space-size=8192 --import tsx bench/nodes.ts [records of a large set]`.
 *
 * Signatures are taken for good: true ones would take minutes to make.
 */

import { hexToBytes } from '@noble/hashes/utils.js'
import { pack } from '../src/core/msgpack.ts'
import { decodeRecord, type Record, type RecordId } from '../src/core/record.ts'
import type { PeerId } from '../src/core/signal.ts'
import { encode } from '../src/core/wire.ts'
import type { Effect } from '../src/protocol/effects.ts'
import type { Input } from '../src/protocol/inputs.ts'
import type { Node } from '../src/protocol/node.ts'
import { draw, millisecondsSince } from '../test/protocol/large.ts'
import { answerTo, filled, inLife, key, makeNode, peerId, ROOM_TAG } from '../test/protocol/pair.ts'
import { seededRng } from '../test/seeded.ts'
import { type Row, tell } from './rows.ts'

const SMALL = 20_000
const LARGE = Number(process.argv[2] ?? 200_000)

interface Side {
  readonly name: PeerId
  readonly node: Node
  readonly disk: Map<RecordId, Record>
}

/** Two nodes that meet until their sets are equal. */
class Nodes {
  strikes = 0
  /** Those in which records crossed: one that is opened while the last are still being saved is none. */
  readonly #rounds = new Set<number>()
  readonly #count: number
  readonly #sides: readonly [Side, Side]
  #inputs: [side: 0 | 1, input: Input][] = []
  #now = inLife(0)

  constructor(ours: readonly Record[], theirs: readonly Record[]) {
    this.#count = new Set([...ours, ...theirs].map(({ id }) => id)).size
    this.#sides = [sideOf(1, ours), sideOf(2, theirs)]
  }

  get rounds(): number {
    return this.#rounds.size
  }

  get isEqual(): boolean {
    return this.#sides.every(({ disk }) => disk.size === this.#count)
  }

  meet(): void {
    for (const side of [0, 1] as const) this.#perform(side, this.#sides[side].node.start(this.#now))
    for (const side of [0, 1] as const) {
      const binding = { local: filled(1 + side), remote: filled(2 - side) }
      const peer = this.#sides[1 - side]?.name as PeerId
      this.#inputs.push([side, { type: 'Opened', peer, binding, route: 'direct', address: '192.0.2.1' }])
    }
    // Stretches of work go on at once; what waits for its time does so for a second at most.
    for (let step = 1; step <= 1_000; step += 1) {
      this.#run()
      this.#now = inLife(step / 1_000)
      for (const side of [0, 1] as const) this.#perform(side, this.#sides[side].node.tick(this.#now))
    }
    this.#run()
    if (!this.isEqual) throw new Error('the sets differ')
  }

  #run(): void {
    while (this.#inputs.length > 0) {
      const inputs = this.#inputs
      this.#inputs = []
      for (const [side, input] of inputs) this.#perform(side, this.#sides[side].node.receive(input, this.#now))
      this.#tickStretches()
    }
  }

  /** Go on with work that was divided: it is due at once. */
  #tickStretches(): void {
    for (const side of [0, 1] as const) {
      const { node } = this.#sides[side]
      if ((node.deadline ?? Number.POSITIVE_INFINITY) <= this.#now.monotonic) this.#perform(side, node.tick(this.#now))
    }
  }

  #perform(side: 0 | 1, effects: readonly Effect[]): void {
    const { name, disk } = this.#sides[side]
    for (const effect of effects) {
      if (effect.type === 'Send') {
        if (effect.message.type === 'Records' && effect.message.round > 0) this.#rounds.add(effect.message.round)
        const other = side === 0 ? 1 : 0
        this.#inputs.push([other, { type: 'Received', peer: name, data: encode(effect.message) }])
      } else if (effect.type === 'Emit' && effect.event.type === 'StrikeCounted') this.strikes += 1
      const answer = this.#answer(effect, disk)
      if (answer !== null) this.#inputs.push([side, answer])
    }
  }

  #answer(effect: Effect, disk: Map<RecordId, Record>): Input | null {
    if (effect.type !== 'Verify') return answerTo(effect, disk)
    return { type: 'Verified', batch: effect.batch, areValid: effect.records.map(() => true) }
  }
}

function sideOf(number: number, records: readonly Record[]): Side {
  const disk = new Map(records.map(record => [record.id, record]))
  return { name: peerId(number), node: makeNode(number, records), disk }
}

/** Make records of the last 88 days without true signatures. */
function unsigned(count: number): Record[] {
  const author = hexToBytes(key(1).publicKey)
  return draw(count, seededRng('nodes')).map(([createdAt], number) =>
    decodeRecord(pack([author, createdAt, 1078, [['h', ROOM_TAG]], `record ${number}`, new Uint8Array(64)])),
  )
}

function meet(name: string, ours: readonly Record[], theirs: readonly Record[]): Row[] {
  const nodes = new Nodes(ours, theirs)
  const started = process.cpuUsage()
  nodes.meet()
  return [
    [`nodes of ${name}: rounds (goal 3)`, nodes.rounds, ''],
    [`nodes of ${name}: strikes (goal 0)`, nodes.strikes, ''],
    [`nodes of ${name}: both sides`, millisecondsSince(started) / 1e3, 's'],
    [`nodes of ${name}: memory of the process`, process.memoryUsage().rss / 2 ** 20, 'MiB'],
  ]
}

const [half, few] = [LARGE / 2, LARGE / 20]
const records = unsigned(Math.max(11 * SMALL, LARGE + half))
const many = LARGE.toLocaleString('en')
tell(meet('200,000 and 20,000, disjoint', records.slice(0, 10 * SMALL), records.slice(10 * SMALL, 11 * SMALL)))
tell(meet(`${many} and as many, a tenth differing, scattered`, records.slice(0, LARGE), records.slice(few, LARGE + few)))
tell(meet(`${many} and as many, half differing`, records.slice(0, LARGE), records.slice(half, LARGE + half)))
