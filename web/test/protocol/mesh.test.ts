import { expect, test } from 'vitest'
import type { Monotonic, UnixTime } from '../../src/core/clock.ts'
import type { PublicKey } from '../../src/core/keys.ts'
import {
  ACQUAINTED_SECONDS,
  EVICTION_INTERVAL_SECONDS,
  GRACE_SECONDS,
  TELLING_RECORDS,
  USEFUL_HALF_LIFE_SECONDS,
} from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Acquaintances } from '../../src/protocol/acquaintances.ts'
import { Mesh } from '../../src/protocol/mesh.ts'

const at = (seconds: number) => seconds as Monotonic
const peer = (number: number) => `peer${String(number).padStart(2, '0')}` as PeerId
const key = (number: number) => String(number).padStart(64, '0') as PublicKey
const gain = (mesh: Mesh, number: number, seconds: number) =>
  mesh.gained(peer(number), { monotonic: at(seconds), unix: seconds as UnixTime })
const come = (mesh: Mesh, number: number, seconds: number) =>
  mesh.prove(peer(number), key(number), () => null, at(seconds))

function crowd(count: number, acquainted?: number): Mesh {
  const mesh = new Mesh(count, new Acquaintances(acquainted === undefined ? [] : [[key(acquainted), 1 as UnixTime]]))
  for (let number = 0; number < count; number++) expect(come(mesh, number, 0)).toBeNull()
  return mesh
}

test('a newcomer goes while all others are safe', () => {
  expect(come(crowd(12), 50, GRACE_SECONDS - 1)).toBe(peer(50))
})

test('a newcomer takes the place of the least useful when all are taken', () => {
  const mesh = crowd(12)
  for (let number = 0; number < 12; number++) {
    for (let count = 0; count < TELLING_RECORDS; count++) if (number !== 7) gain(mesh, number, 1)
  }

  expect(come(mesh, 50, GRACE_SECONDS)).toBe(peer(7))
})

test('who brought a record is useful, for a while', () => {
  const mesh = crowd(12)
  gain(mesh, 7, 1)
  expect([7, 8, 50].map(number => mesh.isUseful(peer(number), at(1)))).toEqual([true, false, false])
  expect(mesh.isUseful(peer(7), at(1 + 10 * USEFUL_HALF_LIFE_SECONDS))).toBe(false)
})

test('who vouches for records is useful and no acquaintance, and stays before who does nothing', () => {
  const mesh = crowd(12)
  for (let number = 0; number < 12; number++) {
    for (let count = 0; count < TELLING_RECORDS; count++) if (number !== 7 && number !== 6) gain(mesh, number, 1)
  }
  mesh.vouched(peer(6), at(1))
  mesh.vouched(peer(99), at(1))
  expect([6, 7, 99].map(number => mesh.isUseful(peer(number), at(1)))).toEqual([true, false, false])
  expect(come(mesh, 50, GRACE_SECONDS)).toBe(peer(7))
  for (let hour = 1; hour < 4; hour++) mesh.vouched(peer(6), at(hour * ACQUAINTED_SECONDS))
  expect(mesh.acquaintances.all).toEqual([])
})

test('evictions are apart', () => {
  const mesh = crowd(12)
  expect(come(mesh, 50, 20)).toBe(peer(4))
  mesh.close(peer(4))

  expect(come(mesh, 51, 21)).toBe(peer(51))
  expect(come(mesh, 52, 20 + EVICTION_INTERVAL_SECONDS)).toBe(peer(5))
})

test('a place that was left is free', () => {
  const mesh = crowd(12)
  mesh.close(peer(3))

  expect(come(mesh, 50, 1)).toBeNull()
})

test('a key that is useful for an hour is an acquaintance', () => {
  const mesh = crowd(3)
  const minutes = [0, 20, 40, 60]
  expect(minutes.map(minute => gain(mesh, 1, 60 * minute))).toEqual([false, false, false, true])
  expect(mesh.acquaintances?.all).toEqual([[key(1), ACQUAINTED_SECONDS]])
  // What was of no use for a while begins anew.
  expect([gain(mesh, 2, 60), gain(mesh, 2, 60 + ACQUAINTED_SECONDS)]).toEqual([false, false])
  expect(gain(mesh, 99, ACQUAINTED_SECONDS)).toBe(false)
})

test('an acquaintance is taken in though all places are taken and all are safe, and soon after an eviction', () => {
  const mesh = crowd(12, 50)
  expect(come(mesh, 49, 1)).toBe(peer(49))
  const gone = come(mesh, 50, 1)
  expect([gone === null, gone === peer(50)]).toEqual([false, false])
  mesh.close(gone as PeerId)
  expect(come(mesh, 51, GRACE_SECONDS + 1)).not.toBe(peer(50))
})
