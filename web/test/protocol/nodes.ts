/** Two whole nodes that meet, with sets as large as one likes: signatures are taken for good, true ones would take minutes. */

import { hexToBytes } from '@noble/hashes/utils.js'
import { pack } from '../../src/core/msgpack.ts'
import { decodeRecord, type Record, type RecordId } from '../../src/core/record.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { encode } from '../../src/core/wire.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import type { Input } from '../../src/protocol/inputs.ts'
import type { Node } from '../../src/protocol/node.ts'
import { seededRng } from '../seeded.ts'
import { draw } from './large.ts'
import { answerTo, filled, inLife, key, makeNode, peerId, ROOM_TAG } from './pair.ts'

interface Side {
  readonly name: PeerId
  readonly node: Node
  readonly disk: Map<RecordId, Record>
}

/** Two nodes that meet until their sets are equal. */
export class Nodes {
  /** How often one of them blamed the other. */
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

  /** How many rounds it took. */
  get rounds(): number {
    return this.#rounds.size
  }

  /** Both have everything. */
  get isEqual(): boolean {
    return this.#sides.every(({ disk }) => disk.size === this.#count)
  }

  /** Connect the two and pass everything on until nothing moves. */
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
export function unsigned(count: number): Record[] {
  const author = hexToBytes(key(1).publicKey)
  return draw(count, seededRng('nodes')).map(([createdAt], number) =>
    decodeRecord(pack([author, createdAt, 1078, [['h', ROOM_TAG]], `record ${number}`, new Uint8Array(64)])),
  )
}
