import { expect, test } from 'vitest'
import type { Checked, Command } from '../../src/adapters/checking.ts'
import type { Chunk } from '../../src/adapters/chunks.ts'
import { CHUNKS_PER_WORKER_MAX, Crew } from '../../src/adapters/crew.ts'
import { SIGNED_BYTES } from '../../src/adapters/engine.ts'
import type { VerifyWorker } from '../../src/adapters/launches.ts'

/** A worker that answers when the test says so. */
class IdleWorker extends EventTarget implements VerifyWorker {
  readonly commands: Command[] = []
  isTerminated = false

  postMessage(command: Command): void {
    this.commands.push(command)
  }

  terminate(): void {
    this.isTerminated = true
  }

  answer(number: number, flags: readonly number[]): void {
    const data: Checked = { type: 'Checked', number, flags: Uint8Array.from(flags), engine: 'wasm' }
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
}

function employ(count: number) {
  const workers: IdleWorker[] = []
  const done: number[][] = []
  const chunk = (): Chunk => ({
    day: 0,
    signed: new Uint8Array(SIGNED_BYTES),
    losses: 0,
    done: flags => done.push([...flags]),
    fail: () => {},
  })
  const waiting = Array.from({ length: count }, chunk)
  const returned: Chunk[] = []
  const launch = () => {
    const worker = new IdleWorker()
    workers.push(worker)
    return worker
  }
  const foreman = {
    next: () => waiting.shift() ?? null,
    returned: (chunks: readonly Chunk[]) => void returned.push(...chunks),
    answered: () => {},
  }
  const crew = new Crew(foreman, { workers: 1, launches: [launch], wasmUrl: '', silenceSeconds: 30 })
  return { crew, workers, done, returned, waiting }
}

test('a worker has a few chunks in hand, and the next when it answers', () => {
  const { crew, workers, done, waiting } = employ(4)
  expect(crew.feed()).toBe(true)
  expect(waiting.length).toBe(4 - CHUNKS_PER_WORKER_MAX)
  workers[0]?.answer(1, [1])
  expect([done, waiting.length]).toEqual([[[1]], 4 - CHUNKS_PER_WORKER_MAX - 1])
  crew.close()
})

test('an answer to nothing, or of another length, costs the worker its place and no chunk', () => {
  const { crew, workers, returned } = employ(1)
  crew.feed()
  workers[0]?.answer(7, [1])
  expect([workers[0]?.isTerminated, returned.length]).toEqual([true, 1])
})

test('a crew that is closed gives back what it had, and starts nobody', () => {
  const { crew, workers, returned } = employ(2)
  crew.feed()
  crew.close()
  expect([returned.length, workers.map(worker => worker.isTerminated)]).toEqual([2, [true]])
  expect(crew.feed()).toBe(false)
})
