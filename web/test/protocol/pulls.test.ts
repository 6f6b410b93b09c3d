import { expect, test } from 'vitest'
import { PULL_TIMEOUT_SECONDS, PULLS_MAX, PULLS_PER_PEER_MAX, PUSH_PATIENCE_SECONDS } from '../../src/core/limits.ts'
import type { PeerId } from '../../src/core/signal.ts'
import { Pulls } from '../../src/protocol/pulls.ts'
import { at } from './pair.ts'

const ONE = '000000' as PeerId

function due(pulls: Pulls, seconds: number): string[] {
  return pulls.late(at(seconds)).map(([prefix]) => prefix)
}

test('what is asked for is due after the timeout and what is expected sooner', () => {
  const pulls = new Pulls()
  expect(pulls.deadline).toBe(null)
  expect(pulls.begin('asked', ONE, at(0), true)).toBe(true)
  expect(pulls.deadline).toBe(at(PULL_TIMEOUT_SECONDS).monotonic)
  expect(pulls.begin('expected', ONE, at(0), false)).toBe(true)
  expect(pulls.deadline).toBe(at(PUSH_PATIENCE_SECONDS).monotonic)
  expect(due(pulls, PUSH_PATIENCE_SECONDS)).toEqual(['expected'])
  expect(due(pulls, PULL_TIMEOUT_SECONDS)).toEqual(['asked', 'expected'])
})

test('who is given more time is late after all others', () => {
  const pulls = new Pulls()
  for (const prefix of ['a', 'b', 'c']) pulls.begin(prefix, ONE, at(0), true)
  const first = pulls.get('a')
  if (first !== undefined) pulls.waitOn('a', first, at(0.5))
  expect(due(pulls, PULL_TIMEOUT_SECONDS)).toEqual(['b', 'c'])
  expect(due(pulls, PULL_TIMEOUT_SECONDS + 0.5)).toEqual(['b', 'c', 'a'])
})

test('only so much is asked for at once of one and of all', () => {
  const pulls = new Pulls()
  const begin = (number: number, peer: PeerId) => pulls.begin(`${number}`, peer, at(0), number % 2 === 0)
  for (let number = 0; number < PULLS_PER_PEER_MAX; number += 1) expect(begin(number, ONE)).toBe(true)
  expect(begin(-1, ONE)).toBe(false)
  for (let number = PULLS_PER_PEER_MAX; number < PULLS_MAX; number += 1) {
    expect(begin(number, `peer ${number % 4}` as PeerId)).toBe(true)
  }
  expect(pulls.size).toBe(PULLS_MAX)
  expect(begin(-1, 'another' as PeerId)).toBe(false)
  pulls.end('0')
  expect(pulls.end('0')).toBe(undefined)
  expect(begin(-1, ONE)).toBe(true)
})
