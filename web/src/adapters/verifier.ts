/** Signatures checked off the main thread, by a few workers, newest day first; on it, in slices, where none start. */

import { dayOf } from '../core/bucket.ts'
import { VERIFY_CHUNK_RECORDS } from '../core/limits.ts'
import type { Record } from '../core/record.ts'
import { LocalProtocolError, RoomClosedError } from '../errors.ts'
import { wasmUrl } from './addresses.ts'
import { layOut } from './checking.ts'
import { type Chunk, Chunks } from './chunks.ts'
import { Crew } from './crew.ts'
import { type Engine, loadEngine } from './engine.ts'
import { type Launch, launchDirectly, launchThroughBlob } from './launches.ts'
import { checkInSlices } from './slices.ts'
import { SLICE_MILLISECONDS } from './turns.ts'

export const VERIFY_QUEUE_RECORDS_MAX = 16_384
export const WORKERS_MAX = 4
export const WORKER_SILENCE_SECONDS = 30

/** A chunk over which so many workers were lost is checked on the main thread. */
export const LOSSES_MAX = 2

/** What a verifier may be told; everything has a default. */
export interface VerifierOptions {
  readonly workers?: number
  /** The ways to start a worker, the best first; none for the main thread alone. */
  readonly launches?: readonly Launch[]
  /** Where libsecp256k1 lies as WebAssembly. */
  readonly wasmUrl?: string
  readonly silenceSeconds?: number
  readonly sliceMilliseconds?: number
}

/** Checks signatures. Nothing is started or loaded before the first ones come. */
export class Verifier {
  /** What gave the last answer; null before. */
  engine: Engine['name'] | null = null
  readonly #options: Required<VerifierOptions>
  readonly #crew: Crew
  readonly #waiting = new Chunks()
  /** What only the main thread may do any more. */
  readonly #here: Chunk[] = []
  readonly #unanswered = new Set<Chunk>()
  #size = 0
  #loading: Promise<Engine> | null = null
  #isWorkingHere = false
  #isClosed = false

  constructor(options: VerifierOptions = {}) {
    this.#options = {
      workers: options.workers ?? countWorkers(),
      launches: options.launches ?? [launchDirectly, launchThroughBlob],
      wasmUrl: options.wasmUrl ?? wasmUrl().href,
      silenceSeconds: options.silenceSeconds ?? WORKER_SILENCE_SECONDS,
      sliceMilliseconds: options.sliceMilliseconds ?? SLICE_MILLISECONDS,
    }
    this.#crew = new Crew(
      {
        next: () => this.#waiting.take(),
        returned: chunks => this.#takeBack(chunks),
        answered: engine => {
          this.engine = engine
        },
      },
      this.#options,
    )
  }

  /**
   * Say of each record whether its author signed it (BIP-340).
   *
   * Refused with a `LocalProtocolError` when more than `VERIFY_QUEUE_RECORDS_MAX` would wait, and with a
   * `RoomClosedError` when the verifier is closed before the answer is there.
   */
  async verify(records: readonly Record[]): Promise<readonly boolean[]> {
    this.#check(records.length)
    const flags = new Array<boolean>(records.length).fill(false)
    const placed = newestFirst(records)
    const answers: Promise<void>[] = []
    for (let at = 0; at < placed.length; at += VERIFY_CHUNK_RECORDS) {
      answers.push(this.#enqueue(placed.slice(at, at + VERIFY_CHUNK_RECORDS), flags))
    }
    this.#work()
    await Promise.all(answers)
    return flags
  }

  /** Stop the workers; what was asked is refused with a `RoomClosedError`. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#crew.close()
    for (const chunk of this.#unanswered) chunk.fail(new RoomClosedError('the verifier was closed'))
  }

  /** Enter *placed* into the queue; when their answer comes, enter it into *flags*. */
  #enqueue(placed: readonly Placed[], flags: boolean[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#unanswered.delete(chunk)
        this.#size -= placed.length
      }
      const chunk: Chunk = {
        day: dayOf(placed[0]?.record.createdAt ?? 0),
        signed: layOut(placed.map(({ record }) => record)),
        losses: 0,
        done: answer => {
          for (const [at, { place }] of placed.entries()) flags[place] = answer[at] === 1
          settle()
          resolve()
        },
        fail: error => {
          settle()
          reject(error)
        },
      }
      this.#unanswered.add(chunk)
      this.#size += placed.length
      this.#waiting.add(chunk)
    })
  }

  #check(count: number): void {
    if (this.#isClosed) throw new RoomClosedError('the verifier was closed')
    if (this.#size + count > VERIFY_QUEUE_RECORDS_MAX) {
      throw new LocalProtocolError(
        `${this.#size} records wait for verification; with ${count} more they are past ${VERIFY_QUEUE_RECORDS_MAX}`,
      )
    }
  }

  #takeBack(chunks: readonly Chunk[]): void {
    if (this.#isClosed) return
    for (const chunk of chunks) {
      chunk.losses += 1
      if (chunk.losses < LOSSES_MAX) this.#waiting.add(chunk)
      else this.#here.push(chunk)
    }
    this.#work()
  }

  #work(): void {
    if (!this.#crew.feed() || this.#here.length > 0) void this.#workHere()
  }

  async #workHere(): Promise<void> {
    if (this.#isWorkingHere) return
    this.#isWorkingHere = true
    this.#loading ??= loadEngine(this.#options.wasmUrl)
    const engine = await this.#loading
    for (let chunk = this.#nextHere(); chunk !== null; chunk = this.#nextHere()) {
      this.engine = engine.name
      chunk.done(await checkInSlices(engine, chunk.signed, this.#options.sliceMilliseconds))
    }
    this.#isWorkingHere = false
  }

  #nextHere(): Chunk | null {
    if (this.#isClosed) return null
    return this.#here.shift() ?? (this.#crew.feed() ? null : this.#waiting.take())
  }
}

/** A record and its place in the batch. */
interface Placed {
  readonly record: Record
  readonly place: number
}

function newestFirst(records: readonly Record[]): Placed[] {
  const placed = records.map((record, place) => ({ record, place }))
  return placed.sort((one, other) => other.record.createdAt - one.record.createdAt)
}

/** Leave one processor to the page, as far as there is one. */
function countWorkers(): number {
  const processors = globalThis.navigator?.hardwareConcurrency ?? 1
  return Math.max(1, Math.min(WORKERS_MAX, processors - 1))
}
