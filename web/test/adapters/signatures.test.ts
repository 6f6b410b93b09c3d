import { expect, test } from 'vitest'
import { Signatures } from '../../src/adapters/signatures.ts'
import { Verifier } from '../../src/adapters/verifier.ts'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { KIND_RECORD, signRecord } from '../../src/core/record.ts'
import { RoomClosedError } from '../../src/errors.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(7))
const SIGNED = signRecord(KEY, { kind: KIND_RECORD, tags: [], createdAt: 1_700_000_000 as UnixTime, content: 'hello' })
const FORGED = { ...SIGNED, signature: KEY.sign(new Uint8Array(32)) }

function loader(): { readonly load: () => Promise<Verifier>; readonly count: () => number } {
  let count = 0
  const load = async () => {
    count += 1
    return new Verifier({ launches: [], wasmUrl: 'nowhere:secp256k1.wasm' })
  }
  return { load, count: () => count }
}

test('the verifier is loaded with the first records, once', async () => {
  const { load, count } = loader()
  const signatures = new Signatures(load)
  expect(count()).toBe(0)
  const answers = await Promise.all([signatures.check([SIGNED, FORGED]), signatures.check([FORGED])])
  expect(answers).toEqual([[true, false], [false]])
  expect(count()).toBe(1)
  signatures.close()
})

test('where it does not load, signatures are checked all the same, and it is tried again', async () => {
  const { load, count } = loader()
  const tries: string[] = []
  const signatures = new Signatures(() => {
    tries.push('try')
    return tries.length === 1 ? Promise.reject(new Error('offline')) : load()
  })
  expect(await signatures.check([SIGNED, FORGED])).toEqual([true, false])
  expect(count()).toBe(0)
  expect(await signatures.check([SIGNED, FORGED])).toEqual([true, false])
  expect(count()).toBe(1)
  signatures.close()
})

test('what is asked while it loads is refused when the room is left', async () => {
  const { load } = loader()
  const signatures = new Signatures(load)
  const answer = signatures.check([SIGNED])
  signatures.close()
  await expect(answer).rejects.toThrow(RoomClosedError)
})

test('the shipped one loads by itself', async () => {
  const signatures = new Signatures()
  expect(await signatures.check([])).toEqual([])
  signatures.close()
})
