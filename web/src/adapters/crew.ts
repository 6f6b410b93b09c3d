/** A few workers that check signatures, replaced when they die. */

import type { Begin, Check, Checked } from './checking.ts'
import type { Chunk } from './chunks.ts'
import { type Engine, SIGNED_BYTES } from './engine.ts'
import type { Launch, VerifyWorker } from './launches.ts'

/** A worker has its next chunk at hand while its answer crosses a busy main thread. */
export const CHUNKS_PER_WORKER_MAX = 2

/** So many workers may die without one answer in between. */
export const DEATHS_MAX = 3

/** What a crew works for. */
export interface Foreman {
  /** Give the next chunk; null when none waits. */
  next(): Chunk | null
  /** Take back what a lost worker had. */
  returned(chunks: readonly Chunk[]): void
  /** Learn which engine answered. */
  answered(engine: Engine['name']): void
}

/** How a crew is set up. */
export interface CrewOptions {
  readonly workers: number
  /** The ways to start a worker, the best first. */
  readonly launches: readonly Launch[]
  readonly wasmUrl: string
  /** A worker that owes an answer for so long is lost. */
  readonly silenceSeconds: number
}

/** Starts workers, hands chunks out and answers in. */
export class Crew {
  readonly #foreman: Foreman
  readonly #options: CrewOptions
  readonly #hands = new Set<Hand>()
  /** Which way of starting workers we are at. */
  #launch = 0
  /** A worker started that way has answered. */
  #isProven = false
  #deaths = 0

  constructor(foreman: Foreman, options: CrewOptions) {
    this.#foreman = foreman
    this.#options = options
  }

  /** Hand out what waits; say whether there are workers at all. */
  feed(): boolean {
    while (this.#hands.size < this.#options.workers && this.#start());
    for (let round = 0; round < CHUNKS_PER_WORKER_MAX; round++) {
      for (const hand of this.#hands) this.#feedOne(hand)
    }
    return this.#hands.size > 0
  }

  /** Stop every worker; give back what they had. */
  close(): void {
    for (const hand of this.#hands) this.#drop(hand)
    this.#launch = this.#options.launches.length
  }

  #start(): boolean {
    const launch = this.#options.launches[this.#launch]
    if (launch === undefined) return false
    try {
      const hand = new Hand(launch(), this.#launch, this.#options)
      hand.worker.addEventListener('message', event => this.#take(hand, (event as MessageEvent<Checked>).data))
      hand.worker.addEventListener('error', () => this.#lose(hand))
      hand.worker.addEventListener('messageerror', () => this.#lose(hand))
      hand.onSilence = () => this.#lose(hand)
      this.#hands.add(hand)
    } catch {
      this.#launch += 1
    }
    return true
  }

  #feedOne(hand: Hand): void {
    const chunk = hand.chunks.size < CHUNKS_PER_WORKER_MAX ? this.#foreman.next() : null
    if (chunk !== null) hand.give(chunk)
  }

  #take(hand: Hand, answer: Checked): void {
    const chunk = hand.chunks.get(answer.number)
    if (answer.flags.length * SIGNED_BYTES !== chunk?.signed.length) return this.#lose(hand)
    hand.finish(answer.number)
    this.#isProven = true
    this.#deaths = 0
    this.#foreman.answered(answer.engine)
    chunk.done(answer.flags)
    this.#feedOne(hand)
  }

  #lose(hand: Hand): void {
    if (!this.#hands.has(hand)) return
    this.#deaths += 1
    const isHopeless = this.#isProven ? this.#deaths >= DEATHS_MAX : hand.launch === this.#launch
    if (isHopeless) this.#giveUpLaunch()
    this.#drop(hand)
  }

  /** Go on to the next way of starting workers; where one way was proven, there is no better one. */
  #giveUpLaunch(): void {
    this.#launch = this.#isProven ? this.#options.launches.length : this.#launch + 1
    this.#deaths = 0
  }

  #drop(hand: Hand): void {
    this.#hands.delete(hand)
    this.#foreman.returned(hand.dismiss())
  }
}

/** One worker and what it has in hand. */
class Hand {
  readonly worker: VerifyWorker
  /** Which way it was started. */
  readonly launch: number
  /** What it owes an answer to, by number. */
  readonly chunks = new Map<number, Chunk>()
  /** Called when it owes an answer for too long. */
  onSilence: () => void = () => {}
  readonly #silenceSeconds: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #number = 0

  constructor(worker: VerifyWorker, launch: number, { wasmUrl, silenceSeconds }: CrewOptions) {
    this.worker = worker
    this.launch = launch
    this.#silenceSeconds = silenceSeconds
    this.#post({ type: 'Begin', wasmUrl })
  }

  /** Have *chunk* checked, after those given before. */
  give(chunk: Chunk): void {
    this.#number += 1
    this.chunks.set(this.#number, chunk)
    // A copy crosses over: should the worker die, the chunk is given to another.
    this.#post({ type: 'Check', number: this.#number, signed: chunk.signed })
    if (this.chunks.size === 1) this.#wait()
  }

  /** The chunk of that number is done. */
  finish(number: number): void {
    this.chunks.delete(number)
    this.#wait()
  }

  /** Stop the worker; give what it still owes. */
  dismiss(): Chunk[] {
    clearTimeout(this.#timer)
    this.worker.terminate()
    return [...this.chunks.values()]
  }

  #wait(): void {
    clearTimeout(this.#timer)
    if (this.chunks.size > 0) this.#timer = setTimeout(() => this.onSilence(), this.#silenceSeconds * 1_000)
  }

  #post(message: Begin | Check): void {
    this.worker.postMessage(message, [])
  }
}
