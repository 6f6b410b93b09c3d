/** What a neighbour of two does for them: it tells whom it has, and passes on what is sealed. */
import { bytesToHex } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import type { PublicKey } from '../../src/core/keys.ts'
import {
  ATTEMPT_TIMEOUT_SECONDS,
  INTRODUCTIONS_OWED_MAX,
  INTRODUCTIONS_PER_MINUTE,
  NEIGHBOURS_INTERVAL_SECONDS,
  NEIGHBOURS_TOLD_MAX,
} from '../../src/core/limits.ts'
import type { Introduce } from '../../src/core/message.ts'
import type { PeerId } from '../../src/core/signal.ts'
import type { Send } from '../../src/protocol/effects.ts'
import { hexOf, Passing } from '../../src/protocol/passing.ts'
import { at } from './pair.ts'

const ENTRY_DIGITS = 104

const peer = (number: number) => String(number).padStart(20, '0') as PeerId
const key = (number: number) => number.toString(16).padStart(64, '0') as PublicKey

function made(count: number): Passing {
  const passing = new Passing()
  for (let number = 0; number < count; number += 1) passing.join(peer(number), key(number))
  return passing
}

function introduce(source: number, to: number): Introduce {
  return { type: 'Introduce', to: hexOf(peer(to)), source: hexOf(peer(source)), sealed: Uint8Array.of(7) }
}

/** Give the numbers of those that an answer names. */
function told([send, ...others]: Send[]): number[] {
  expect(others).toEqual([])
  const digits = send?.message.type === 'Neighbours' ? bytesToHex(send.message.peers) : ''
  const entries = digits.match(new RegExp(`.{${ENTRY_DIGITS}}`, 'g')) ?? []
  return entries
    .map(entry => {
      const number = Number.parseInt(entry.slice(40), 16)
      expect(entry.slice(0, 40)).toBe(hexOf(peer(number)))
      return number
    })
    .sort((one, other) => one - other)
}

test('who asks is told of all others with their keys', () => {
  expect(told(made(4).tell(peer(2), at(0)))).toEqual([0, 1, 3])
})

test('who asks again too soon and who is alone gets no answer', () => {
  const passing = made(3)
  expect(passing.tell(peer(0), at(0))).toHaveLength(1)
  expect(passing.tell(peer(0), at(NEIGHBOURS_INTERVAL_SECONDS - 1))).toEqual([])
  expect(passing.tell(peer(0), at(NEIGHBOURS_INTERVAL_SECONDS))).toHaveLength(1)
  expect(made(1).tell(peer(0), at(0))).toEqual([])
  expect(passing.tell(peer(9), at(0))).toEqual([])
})

test('of many each is told of in its turn', () => {
  const passing = made(2 * NEIGHBOURS_TOLD_MAX + 1)
  const [first, second] = [0, NEIGHBOURS_INTERVAL_SECONDS].map(seconds => told(passing.tell(peer(0), at(seconds))))
  expect(first).toHaveLength(NEIGHBOURS_TOLD_MAX)
  expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(2 * NEIGHBOURS_TOLD_MAX)
})

test('the useful are named first each in its turn', () => {
  const useful = Array.from({ length: 4 }, (_, index) => peer(NEIGHBOURS_TOLD_MAX + index))
  const passing = new Passing(each => useful.includes(each))
  for (let number = 0; number < NEIGHBOURS_TOLD_MAX + 4; number += 1) passing.join(peer(number), key(number))
  for (const turn of [0, 1]) {
    const [send] = passing.tell(peer(0), at(turn * NEIGHBOURS_INTERVAL_SECONDS))
    const digits = send?.message.type === 'Neighbours' ? bytesToHex(send.message.peers) : ''
    const names = Array.from({ length: 5 }, (_, index) => digits.slice(ENTRY_DIGITS * index).slice(0, 40))
    expect(new Set(names.slice(0, 4))).toEqual(new Set(useful.map(hexOf)))
    expect(names[4], 'of the others who was not named yet').toBe(hexOf(peer(1 + turn * 12)))
  }
})

test('who left is told of no more and gets nothing', () => {
  const passing = made(3)
  passing.leave(peer(1))
  expect(told(passing.tell(peer(0), at(0)))).toEqual([2])
  expect(passing.passOn(peer(0), introduce(0, 1), at(0))).toEqual([])
})

test('what one neighbour has for another is passed on as it is', () => {
  const passed = made(2).passOn(peer(0), introduce(0, 1), at(0))
  expect(passed).toEqual([{ type: 'Send', peer: peer(1), message: introduce(0, 1) }])
})

test('nothing makes a second hop or goes back or to strangers', () => {
  const passing = made(3)
  expect(passing.passOn(peer(0), introduce(2, 1), at(0))).toEqual([])
  expect(passing.passOn(peer(0), introduce(0, 0), at(0))).toEqual([])
  expect(passing.passOn(peer(0), introduce(0, 9), at(0))).toEqual([])
  expect(passing.passOn(peer(9), introduce(9, 0), at(0))).toEqual([])
})

test('of one neighbour only so much is passed on', () => {
  const passing = made(50)
  const passed = Array.from({ length: 49 }, (_, index) => passing.passOn(peer(0), introduce(0, index + 1), at(0)))
  expect(passed.flat()).toHaveLength(INTRODUCTIONS_PER_MINUTE)
  expect(passing.passOn(peer(1), introduce(1, 40), at(0))).toHaveLength(1)
  expect(passing.passOn(peer(0), introduce(0, 49), at(60 / INTRODUCTIONS_PER_MINUTE + 0.1))).toHaveLength(1)
})

test('many neighbours do not flood one', () => {
  const passing = made(50)
  const passed = Array.from({ length: 49 }, (_, index) => {
    return passing.passOn(peer(index + 1), introduce(index + 1, 0), at(0))
  })
  expect(passed.flat()).toHaveLength(INTRODUCTIONS_PER_MINUTE)
})

test('an answer is passed on whatever else was, and once', () => {
  const passing = made(50)
  for (let number = 1; number < 9; number += 1) passing.passOn(peer(number), introduce(number, 0), at(0))
  for (let number = 20; number < 40; number += 1) passing.passOn(peer(0), introduce(0, number), at(0))
  expect(passing.passOn(peer(0), introduce(0, 41), at(0))).toEqual([])
  expect(passing.passOn(peer(0), introduce(0, 1), at(1))).toHaveLength(1)
  expect(passing.passOn(peer(0), introduce(0, 1), at(1))).toEqual([])
  expect(passing.passOn(peer(0), introduce(0, 2), at(ATTEMPT_TIMEOUT_SECONDS - 0.1))).toHaveLength(1)
})

test('of answers that are owed only so many are remembered', () => {
  const passing = made(2 + INTRODUCTIONS_OWED_MAX)
  for (let number = 1; number < 2 + INTRODUCTIONS_OWED_MAX; number += 1) {
    expect(passing.passOn(peer(number), introduce(number, number - 1), at(0))).toHaveLength(1)
  }
  for (let number = 20; number < 30; number += 1) passing.passOn(peer(0), introduce(0, number), at(0))
  expect(passing.passOn(peer(0), introduce(0, 1), at(1))).toEqual([])
})
