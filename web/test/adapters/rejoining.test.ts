import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FrameKind, readFrame } from '../../src/adapters/frames.ts'
import { ANSWER_SECONDS_MAX, ANSWER_SECONDS_SPREAD, RENEWALS_MAX, Rejoining } from '../../src/adapters/rejoining.ts'

const TOKEN = 'a'.repeat(64)
const LONG_MILLISECONDS = (ANSWER_SECONDS_MAX + ANSWER_SECONDS_SPREAD) * 1_000

let rejoining: Rejoining
/** What was written, each word after whom it went to. */
let written: string[]

beforeEach(() => {
  vi.useFakeTimers()
  written = []
  const note = (whom: string) => (data: ArrayBuffer) =>
    written.push(`${whom} ${readFrame(data, new Set([TOKEN]))?.kind}`)
  rejoining = new Rejoining({ toPeer: note('peer:'), toUs: note('us:') })
})

afterEach(() => vi.useRealTimers())

type Happening = ['sent' | 'heard', ...FrameKind[]]

function happen(...happenings: Happening[]): void {
  for (const [how, ...kinds] of happenings) {
    for (const kind of kinds) rejoining[how]({ kind, token: TOKEN })
  }
}

const sent = (...kinds: FrameKind[]) => happen(['sent', ...kinds])
const heard = (...kinds: FrameKind[]) => happen(['heard', ...kinds])

const ANEW = ['peer: leave', 'peer: here', 'us: leave', 'us: here']

test('a ready that is not answered is followed by leaving and coming back, on both ends', () => {
  sent('here', 'ready')
  vi.advanceTimersByTime(ANSWER_SECONDS_MAX * 1_000 - 1)
  expect(written).toEqual([])
  vi.advanceTimersByTime(LONG_MILLISECONDS)
  expect(written).toEqual(ANEW)
})

test('so is a question for the password', () => {
  sent('handshake')
  vi.advanceTimersByTime(LONG_MILLISECONDS)
  expect(written).toEqual(ANEW)
})

test.each<[string, ...Happening[]]>([
  ['answered', ['sent', 'ready'], ['heard', 'ready']],
  ['an answer itself', ['heard', 'ready'], ['sent', 'ready']],
  ['of a room that we left', ['sent', 'ready', 'leave', 'gone']],
  ['said to a peer that leaves', ['sent', 'ready'], ['heard', 'leave', 'gone']],
])('nothing follows a ready that is %s', (_, ...happenings) => {
  happen(...happenings)
  vi.advanceTimersByTime(10 * LONG_MILLISECONDS)
  expect(written).toEqual([])
})

test('nothing follows on a channel that closes', () => {
  sent('ready')
  rejoining.close()
  vi.advanceTimersByTime(10 * LONG_MILLISECONDS)
  expect(written).toEqual([])
})

test('an answer to the session before counts for nothing', () => {
  sent('ready')
  heard('ready')
  sent('leave')
  heard('ready')
  sent('gone')
  sent('here', 'ready')
  vi.advanceTimersByTime(LONG_MILLISECONDS)
  expect(written).toEqual(ANEW)
})

test('a ready said to a session that was ending is taken back, so that another follows', () => {
  sent('ready')
  heard('gone')
  expect(written).toEqual(['us: leave'])
  heard('here')
  sent('ready')
  heard('ready')
  vi.advanceTimersByTime(10 * LONG_MILLISECONDS)
  expect(written).toEqual(['us: leave'])
})

test('who never answers is left alone after some tries, until it answers', () => {
  for (let turn = 0; turn < RENEWALS_MAX + 3; turn += 1) {
    sent('ready')
    vi.advanceTimersByTime(LONG_MILLISECONDS)
  }
  expect(written.length).toBe(RENEWALS_MAX * ANEW.length)
  heard('ready', 'leave')
  sent('ready')
  vi.advanceTimersByTime(LONG_MILLISECONDS)
  expect(written.length).toBe((RENEWALS_MAX + 1) * ANEW.length)
})
