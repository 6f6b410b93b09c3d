import { expect, test } from 'vitest'
import { attend, type Checked, type Command } from '../../src/adapters/checking.ts'
import type { VerifyWorker } from '../../src/adapters/launches.ts'
import { VERIFY_QUEUE_RECORDS_MAX, Verifier } from '../../src/adapters/verifier.ts'
import { DAY_SECONDS, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_RECORD, type Record } from '../../src/core/record.ts'
import { LocalProtocolError, RoomClosedError } from '../../src/errors.ts'
import { signed } from '../signing.ts'

const NOON = 20_000 * DAY_SECONDS + DAY_SECONDS / 2
const KEY = new SecretKey(new Uint8Array(32).fill(7))
const NOWHERE = 'nowhere:secp256k1.wasm'

/** A worker's script on this thread, behind a channel, that dies when a message it is told to die of arrives. */
class ChannelWorker extends EventTarget implements VerifyWorker {
  readonly #ours: MessagePort
  readonly #diesOf: (command: Command) => boolean
  readonly commands: Command[] = []
  isTerminated = false

  constructor(diesOf: (command: Command) => boolean = () => false) {
    super()
    this.#diesOf = diesOf
    const { port1, port2 } = new MessageChannel()
    this.#ours = port1
    attend({
      addEventListener: (_, listener) => port2.addEventListener('message', listener as (event: Event) => void),
      postMessage: (message, transfer) => port2.postMessage(message, transfer),
    })
    port2.start()
    port1.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent<Checked>('message', { data }))
  }

  postMessage(command: Command): void {
    this.commands.push(command)
    if (this.#diesOf(command)) queueMicrotask(() => this.dispatchEvent(new Event('error')))
    else this.#ours.postMessage(command)
  }

  terminate(): void {
    this.isTerminated = true
    this.#ours.close()
  }
}

/** Records of the days *days*, all of one second; those at the places *forged* bear another's signature. */
function records(days: readonly number[], forged: readonly number[] = []): Record[] {
  return days.map((day, place) => {
    const fields = { kind: KIND_RECORD, tags: [], createdAt: (NOON + day * DAY_SECONDS) as UnixTime }
    const record = signed(KEY, { ...fields, content: `record ${place}` })
    return forged.includes(place) ? { ...record, signature: KEY.sign(new Uint8Array(32)) } : record
  })
}

function days(count: number, day = 0): number[] {
  return Array.from({ length: count }, () => day)
}

test('every record gets its flag, in the order asked, whatever its day', async () => {
  const workers = [new ChannelWorker(), new ChannelWorker()]
  const free = [...workers]
  const verifier = new Verifier({ workers: 2, launches: [() => free.pop() ?? new ChannelWorker()], wasmUrl: NOWHERE })
  const asked = records([3, 1, 2, ...days(140), 9, 0], [0, 2, 130, 144])
  expect(await verifier.verify(asked)).toEqual(asked.map((_, place) => ![0, 2, 130, 144].includes(place)))
  expect(verifier.engine).toBe('noble')
  expect(workers.every(worker => worker.commands[0]?.type === 'Begin')).toBe(true)
  verifier.close()
  expect(workers.every(worker => worker.isTerminated)).toBe(true)
})

test('nothing asked is answered without a worker', async () => {
  const verifier = new Verifier({ launches: [], wasmUrl: NOWHERE })
  expect(await verifier.verify([])).toEqual([])
  expect(verifier.engine).toBeNull()
})

test('the newest day is checked first, within a day what came first', async () => {
  const verifier = new Verifier({ launches: [], wasmUrl: NOWHERE })
  const order: string[] = []
  const ask = async (name: string, day: number) => {
    await verifier.verify(records([day]))
    order.push(name)
  }
  await Promise.all([ask('begun', 1), ask('old', 2), ask('new', 8), ask('middle', 5), ask('new, later', 8)])
  expect(order).toEqual(['new', 'new, later', 'middle', 'old', 'begun'])
})

test('a worker that dies loses nothing and is replaced', async () => {
  const launched: ChannelWorker[] = []
  let lives = 0
  const launch = () => {
    lives += 1
    const isFirst = lives === 1
    const worker = new ChannelWorker(command => isFirst && command.type === 'Check' && command.number === 2)
    launched.push(worker)
    return worker
  }
  const verifier = new Verifier({ workers: 1, launches: [launch], wasmUrl: NOWHERE })
  expect(await verifier.verify(records(days(1)))).toEqual([true])
  const asked = records(days(200), [150])
  expect(await verifier.verify(asked)).toEqual(asked.map((_, place) => place !== 150))
  expect(launched.map(worker => worker.isTerminated)).toEqual([true, false])
  verifier.close()
})

test('a worker that answers nonsense is replaced, and what it had is checked by another', async () => {
  const launched: ChannelWorker[] = []
  const launch = () => {
    const worker = new ChannelWorker()
    launched.push(worker)
    return worker
  }
  const verifier = new Verifier({ workers: 1, launches: [launch], wasmUrl: NOWHERE })
  expect(await verifier.verify(records(days(1)))).toEqual([true])
  const waiting = verifier.verify(records(days(130), [4]))
  const nonsense: Checked = { type: 'Checked', number: 2, flags: new Uint8Array(5), engine: 'noble' }
  launched[0]?.dispatchEvent(new MessageEvent('message', { data: nonsense }))
  expect(await waiting).toEqual(days(130).map((_, place) => place !== 4))
  expect(launched.map(worker => worker.isTerminated)).toEqual([true, false])
  verifier.close()
})

test('what kills two workers is checked on the main thread, and the others live on', async () => {
  const asked = records(days(20), [3])
  const launched: ChannelWorker[] = []
  const launch = () => {
    const worker = new ChannelWorker(command => command.type === 'Check' && command.signed.length === 20 * 128)
    launched.push(worker)
    return worker
  }
  const verifier = new Verifier({ workers: 1, launches: [launch], wasmUrl: NOWHERE })
  expect(await verifier.verify(records(days(1)))).toEqual([true])
  expect(await verifier.verify(asked)).toEqual(asked.map((_, place) => place !== 3))
  expect(await verifier.verify(records(days(2)))).toEqual([true, true])
  expect(launched.length).toBe(3)
  expect(launched[2]?.commands.filter(command => command.type === 'Check').length).toBe(1)
  verifier.close()
})

test('a way of starting workers that fails at once gives way to the next', async () => {
  const refuse = () => {
    throw new DOMException('the page forbids it', 'SecurityError')
  }
  const launched: ChannelWorker[] = []
  const launch = () => {
    const worker = new ChannelWorker()
    launched.push(worker)
    return worker
  }
  const verifier = new Verifier({ workers: 1, launches: [refuse, launch], wasmUrl: NOWHERE })
  expect(await verifier.verify(records(days(3), [1]))).toEqual([true, false, true])
  expect(launched.length).toBe(1)
  verifier.close()
})

test('a way of starting workers that fails later gives way to the next, and then to the main thread', async () => {
  const launched = [0, 0]
  const launchDoomed = (way: number) => () => {
    launched[way] = (launched[way] ?? 0) + 1
    return new ChannelWorker(command => command.type === 'Begin')
  }
  const launches = [launchDoomed(0), launchDoomed(1)]
  const verifier = new Verifier({ workers: 2, launches, wasmUrl: NOWHERE })
  expect(await verifier.verify(records(days(300), [299]))).toEqual(days(300).map((_, place) => place !== 299))
  const tried = [...launched]
  expect(tried.every(count => count >= 2)).toBe(true)
  expect(await verifier.verify(records(days(1)))).toEqual([true])
  expect(launched).toEqual(tried)
})

test('a worker that falls silent is given up', async () => {
  const launch = () => {
    const worker = new ChannelWorker()
    worker.postMessage = () => {}
    return worker
  }
  const verifier = new Verifier({ workers: 1, launches: [launch], wasmUrl: NOWHERE, silenceSeconds: 0 })
  expect(await verifier.verify(records(days(2), [0]))).toEqual([false, true])
})

test('the main thread lets others have their turn between slices', async () => {
  const verifier = new Verifier({ launches: [], wasmUrl: NOWHERE, sliceMilliseconds: 0 })
  let turns = 0
  let isDone = false
  const takeTurn = () => {
    turns += 1
    if (!isDone) setImmediate(takeTurn)
  }
  takeTurn()
  expect(await verifier.verify(records(days(60)))).toEqual(days(60).map(() => true))
  isDone = true
  expect(turns).toBeGreaterThan(50)
})

test('more than the queue may hold is refused, and then there is room again', async () => {
  const verifier = new Verifier({ launches: [], wasmUrl: NOWHERE })
  const [record] = records(days(1))
  if (record === undefined) throw new Error('there is one record')
  await expect(verifier.verify(new Array(VERIFY_QUEUE_RECORDS_MAX + 1).fill(record))).rejects.toThrow(
    LocalProtocolError,
  )
  expect(await verifier.verify([record])).toEqual([true])
})

test('a verifier that is closed refuses what waits and what comes', async () => {
  const worker = new ChannelWorker()
  const verifier = new Verifier({ workers: 1, launches: [() => worker], wasmUrl: NOWHERE })
  const waiting = verifier.verify(records(days(200)))
  verifier.close()
  verifier.close()
  await expect(waiting).rejects.toThrow(RoomClosedError)
  await expect(verifier.verify([])).rejects.toThrow(RoomClosedError)
  expect(worker.isTerminated).toBe(true)
})
