import { expect, test } from 'vitest'
import { attend, type Checked, type Command, checkAll, layOut, signedAt } from '../../src/adapters/checking.ts'
import { NOBLE, SIGNED_BYTES } from '../../src/adapters/engine.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { type Record, signRecord } from '../../src/core/record.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))

function records(): Record[] {
  const [one, two, three] = ['one', 'two', 'three'].map(content =>
    signRecord(KEY, { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: [], content }),
  ) as [Record, Record, Record]
  return [one, { ...two, signature: one.signature }, three]
}

test('signatures lie one after the other, and each has its flag', () => {
  const signed = layOut(records())
  expect(signed.length).toBe(3 * SIGNED_BYTES)
  expect([...checkAll(NOBLE, signed)]).toEqual([1, 0, 1])
  expect(NOBLE.verify(signedAt(signed, 2))).toBe(true)
})

test('a worker that was told to begin answers what it is asked, in order', async () => {
  const answers: Checked[] = []
  let tell: (command: Command) => void = () => {}
  attend({
    addEventListener: (_, listener) => {
      tell = data => listener(new MessageEvent('message', { data }))
    },
    postMessage: answer => answers.push(answer),
  })
  tell({ type: 'Check', number: 1, signed: layOut(records()) })
  tell({ type: 'Begin', wasmUrl: 'nowhere:secp256k1.wasm' })
  tell({ type: 'Check', number: 2, signed: layOut(records()) })
  tell({ type: 'Check', number: 3, signed: layOut([]) })
  await expect.poll(() => answers.map(({ number, flags }) => [number, ...flags])).toEqual([[2, 1, 0, 1], [3]])
  expect(answers[0]?.engine).toBe('noble')
})
