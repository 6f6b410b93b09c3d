import { expect, test } from 'vitest'
import { counted, type Surroundings, spanText, standingOf } from '../../../src/elements/room/standing.ts'
import type { SignalingStatus } from '../../../src/ports.ts'
import type { PeerStatus } from '../../../src/protocol/neighbour.ts'

function peer(state: PeerStatus['state'], isSynced = false, hasOtherRules = false): PeerStatus {
  const id = 'peer' as PeerStatus['id']
  return {
    id,
    key: null,
    state,
    route: 'unknown',
    lagSeconds: null,
    isSynced,
    hasOtherRules,
    keepsSeconds: null,
    gained: 0,
    given: 0,
    progress: null,
  }
}

function place(state: SignalingStatus['state']): SignalingStatus {
  const times = { since: 0, lastSuccess: null, nextTry: null }
  return { strategy: 'torrent', place: 'wss://a.example', state, error: null, ...times }
}

function labelOf(given: Partial<Surroundings>): string {
  return standingOf({ phase: 'joined', peers: [], signaling: [], ...given }).label
}

test('a room says how it stands before, between and after', () => {
  expect(labelOf({ phase: 'idle' })).toBe('not joined')
  expect(labelOf({ phase: 'joining' })).toBe('connecting')
  expect(labelOf({ phase: 'leaving' })).toBe('leaving')
  expect(labelOf({ phase: 'failed' })).toBe('could not join')
})

test('alone, it says whether its trackers can be reached', () => {
  expect(labelOf({ signaling: [place('connecting')] })).toBe('connecting')
  expect(labelOf({ signaling: [place('closed'), place('open')] })).toBe('alone, looking for peers')
  expect(labelOf({ signaling: [place('closed'), place('connecting')] })).toBe('signaling unreachable, trying again')
  expect(labelOf({ signaling: [place('closed')], isOnline: false })).toBe('offline')
})

test('a room that was joined without trackers is offline by choice, whatever the browser says', () => {
  expect(standingOf({ phase: 'joined', peers: [], signaling: [] })).toEqual({
    tone: 'muted',
    label: 'offline by choice',
    peers: 0,
  })
  expect(labelOf({ isOnline: false })).toBe('offline by choice')
})

test('a peer counts once it is proven, and an application without our protocol never', () => {
  expect(labelOf({ peers: [peer('greeted')] })).toBe('meeting a peer')
  expect(labelOf({ peers: [peer('foreign')], signaling: [place('open')] })).toBe('alone, looking for peers')
  expect(standingOf({ phase: 'joined', peers: [peer('established'), peer('proving')], signaling: [] }).peers).toBe(1)
})

test('it is in sync when all proven peers are', () => {
  const [synced, behind] = [peer('established', true), peer('established')]
  expect(labelOf({ peers: [synced, synced], signaling: [place('closed')] })).toBe('in sync')
  expect(labelOf({ peers: [synced, behind] })).toBe('catching up')
  // Peers on this machine, or in the same house, need no network.
  expect(labelOf({ peers: [synced], isOnline: false })).toBe('in sync')
})

test('where only peers with other rules are apart, it says so', () => {
  const [behind, otherwise] = [peer('established'), peer('established', false, true)]
  expect(labelOf({ peers: [otherwise, peer('established', true)] })).toBe('other rules')
  expect(labelOf({ peers: [otherwise, behind] })).toBe('catching up')
  expect(labelOf({ peers: [peer('established', true, true)] })).toBe('in sync')
})

test('that a peer keeps records for another time is said even where all that both keep is here', () => {
  const brief = (keepsSeconds: number, isSynced = true) => ({ ...peer('established', isSynced, true), keepsSeconds })
  const others = [peer('established', true), brief(3_600)]
  expect(labelOf({ peers: others })).toBe('in sync, a peer keeps records for 1h')
  expect(standingOf({ phase: 'joined', peers: others, signaling: [] }).tone).toBe('warn')
  expect(labelOf({ peers: [brief(90 * 86_400, false)] })).toBe('other rules, a peer keeps records for 90d')
  expect([3_700 * 86_400, 5_400].map(spanText)).toEqual(['forever', '5400s'])
})

test('one is no plural', () => {
  expect([counted(0, 'peer'), counted(1, 'peer'), counted(1_200, 'record')]).toEqual([
    '0 peers',
    '1 peer',
    '1,200 records',
  ])
})
