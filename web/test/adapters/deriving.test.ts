import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test, vi } from 'vitest'
import vectors from '../../../tests/vectors/seal.json'
import { libsodiumUrl } from '../../src/adapters/addresses.ts'
import { attend, type Derived, derive, type Launched, type Order } from '../../src/adapters/deriving.ts'
import { readPassphrase } from '../../src/core/seal.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { ConfigError } from '../../src/errors.ts'

const [VECTOR] = vectors.passphrases
const GIVEN = readPassphrase(VECTOR?.passphrase ?? '', VECTOR?.room as RoomTag)
const NOWHERE = 'nowhere:libsodium.js'

/** A worker that does *work* with what it is told. */
class FakeWorker extends EventTarget implements Launched {
  readonly #work: (worker: FakeWorker, message: unknown) => void
  isTerminated = false
  readonly answers: Derived[] = []

  constructor(work: (worker: FakeWorker, message: unknown) => void) {
    super()
    this.#work = work
  }

  postMessage(message: unknown): void {
    queueMicrotask(() => this.#work(this, message))
  }

  answer(data: Derived): void {
    this.answers.push(data)
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  terminate(): void {
    this.isTerminated = true
  }
}

/** A worker with its script on this thread, for which libsodium lies at *libsodium*. */
function real(libsodium: string): FakeWorker {
  const script = new EventTarget()
  const worker = new FakeWorker((_, order) => {
    const data: Order = { ...(order as Order), libsodium }
    script.dispatchEvent(new MessageEvent('message', { data }))
  })
  attend({
    addEventListener: (type, listener) => script.addEventListener(type, listener as never),
    postMessage: answer => worker.answer(answer),
  })
  return worker
}

test.each([
  ['libsodium', libsodiumUrl().href],
  ['noble', NOWHERE],
])('a worker makes the secret that Python makes, by %s', async (engine, libsodium) => {
  const worker = real(libsodium)
  expect(bytesToHex(await derive(GIVEN, [() => worker]))).toBe(VECTOR?.secret)
  expect(worker.answers.map(each => each.engine)).toEqual([engine])
})

test('where the first way to start a worker fails, another is tried, and each worker ends', async () => {
  const refused = () => {
    throw new Error('the page forbids it')
  }
  const broken = new FakeWorker(worker => worker.dispatchEvent(new Event('error')))
  const worker = new FakeWorker(each => each.answer({ secret: Uint8Array.of(1, 2), engine: 'libsodium' }))
  expect(await derive(GIVEN, [refused, () => broken, () => worker])).toEqual(Uint8Array.of(1, 2))
  expect([broken.isTerminated, worker.isTerminated]).toEqual([true, true])
})

test('without workers it is made here', async () => {
  expect(bytesToHex(await derive(GIVEN, []))).toBe(VECTOR?.secret)
})

test('without the memory for it, a secret of 32 bytes is asked for', async () => {
  const small = new FakeWorker(worker => worker.answer({ secret: null, engine: 'noble' }))
  await expect(derive(GIVEN, [() => small])).rejects.toThrow(/64 MiB.*a secret of 32 bytes/)
  const Whole = Uint32Array
  // As browsers do on machines that have no more.
  vi.stubGlobal(
    'Uint32Array',
    new Proxy(Whole, {
      construct: (target, [size, ...rest]: [number, ...unknown[]]) => {
        if (size > 2 ** 20) throw new RangeError('Array buffer allocation failed')
        return Reflect.construct(target, [size, ...rest])
      },
    }),
  )
  try {
    await expect(derive(GIVEN, [() => real(NOWHERE)])).rejects.toThrow(ConfigError)
    await expect(derive(GIVEN, [])).rejects.toThrow(ConfigError)
  } finally {
    vi.unstubAllGlobals()
  }
})
