import { expect, test } from 'vitest'
import {
  HEARTBEAT_ANSWER_SECONDS,
  HEARTBEAT_QUIET_SECONDS,
  HEARTBEAT_YIELD_SECONDS,
  HELLO_TIMEOUT_SECONDS,
  MESSAGE_BURST_MAX,
  PROOF_TIMEOUT_SECONDS,
  SESSION_AGE_MAX_SECONDS,
  SILENCE_MAX_SECONDS,
} from '../../src/core/limits.ts'
import { GoodbyeReason, type Message, Role } from '../../src/core/message.ts'
import type { PeerId, RoomTag } from '../../src/core/signal.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import type { Request } from '../../src/protocol/effects.ts'
import { type Identity, Session, State, TRANSITIONS } from '../../src/protocol/session.ts'
import { Fault } from '../../src/protocol/strikes.ts'
import { seededRng } from '../seeded.ts'
import { EXAMPLES, HELLO } from './messages.ts'
import { at, filled, key, ROOM_TAG } from './pair.ts'
import { FAR, NEAR, only, said } from './stranger.ts'

const HERE = '0000here' as PeerId
const THERE = '0000there' as PeerId
const STATES = Object.values(State)
const KINDS = Object.keys(EXAMPLES) as Message['type'][]

function identityOf(number: number): Identity {
  const rulesId = '72'.repeat(32)
  return { key: key(number), roomTag: ROOM_TAG, rulesId, retentionSeconds: 7_776_000, role: Role.MEMBER }
}

function makeSession(number = 1, peer = THERE, { local = NEAR, remote = FAR } = {}): Session {
  return new Session(peer, { local, remote }, identityOf(number), { rng: seededRng(`session ${number}`) })
}

function sent<Kind extends Message['type']>(effects: Request[], kind: Kind, peer = THERE): Message & { type: Kind } {
  return only(said(effects, peer, kind))
}

function faults(effects: readonly Request[]): Fault[] {
  return effects.flatMap(effect => (effect.type === 'Strike' ? [effect.fault] : []))
}

/** Give two sessions that have proven themselves to each other at time 0. */
function establish(): readonly [Session, Session] {
  const [one, two] = [makeSession(1), makeSession(2, HERE, { local: FAR, remote: NEAR })]
  const [helloOne, helloTwo] = [sent(one.start(at(0)), 'Hello'), sent(two.start(at(0)), 'Hello', HERE)]
  const proofOne = sent(one.receive(helloTwo, at(0)), 'Proof')
  const proofTwo = sent(two.receive(helloOne, at(0)), 'Proof', HERE)
  expect([...one.receive(proofTwo, at(0)), ...two.receive(proofOne, at(0))]).toEqual([])
  return [one, two]
}

/** Give a session that is in *state*. */
function inState(state: State): Session {
  const session = state === State.ESTABLISHED ? establish()[0] : makeSession()
  if (state !== State.ESTABLISHED) session.start(at(0))
  if (state === State.FOREIGN) session.tick(at(HELLO_TIMEOUT_SECONDS))
  if (state === State.PROVING) session.receive(HELLO, at(0))
  if (state === State.CLOSING) session.close(GoodbyeReason.LEAVING, '', at(0))
  if (state === State.CLOSED) session.closed(at(0))
  expect(session.state).toBe(state)
  return session
}

test('two sessions establish each other', () => {
  const [one, two] = establish()
  expect([one.state, two.state]).toEqual([State.ESTABLISHED, State.ESTABLISHED])
  expect([one.peerKey, two.peerKey]).toEqual([key(2).publicKey, key(1).publicKey])
})

test.each(STATES.flatMap(state => KINDS.map(kind => ({ state, kind }))))(
  'the state $state takes a $kind as the table says',
  ({ state, kind }) => {
    const session = inState(state)
    const found = faults(session.receive(EXAMPLES[kind], at(1)))
    const expected = TRANSITIONS[state][kind]
    if (state === State.PROVING && kind === 'Proof') {
      // The example's signature is no good.
      expect(found).toEqual([Fault.BAD_PROOF])
    } else {
      expect(found).toEqual(expected === undefined ? [Fault.WRONG_STATE] : [])
      expect(session.state).toBe(expected ?? State.CLOSING)
    }
  },
)

test('a message that its state does not allow is named, with the state, to its sender', () => {
  const effects = inState(State.GREETED).receive({ type: 'Ping', token: 1 }, at(1))
  expect(effects).toEqual([
    { type: 'Strike', peer: THERE, fault: Fault.WRONG_STATE, reason: 'Ping in GREETED' },
    { type: 'Send', peer: THERE, message: { type: 'Goodbye', reason: GoodbyeReason.FAULT, detail: 'Ping in GREETED' } },
    { type: 'Disconnect', peer: THERE, reason: 'Ping in GREETED' },
  ])
})

test('a proof over another channel is refused', () => {
  // Whoever swaps session descriptions makes each end see the middle's certificate.
  const [one, two] = [makeSession(1), makeSession(2, HERE, { local: FAR, remote: filled(3) })]
  const [helloOne, helloTwo] = [sent(one.start(at(0)), 'Hello'), sent(two.start(at(0)), 'Hello', HERE)]
  one.receive(helloTwo, at(0))
  const [strike] = one.receive(sent(two.receive(helloOne, at(0)), 'Proof', HERE), at(0))
  const reason = 'the proof does not fit this channel'
  expect(strike).toEqual({ type: 'Strike', peer: THERE, fault: Fault.BAD_PROOF, reason })
  expect(one.state).toBe(State.CLOSING)
})

test('a proof of another session is refused', () => {
  const [one, two] = [makeSession(1), makeSession(2, HERE, { local: FAR, remote: NEAR })]
  const [helloOne, helloTwo] = [sent(one.start(at(0)), 'Hello'), sent(two.start(at(0)), 'Hello', HERE)]
  const recorded = sent(two.receive(helloOne, at(0)), 'Proof', HERE)
  const later = new Session(THERE, { local: NEAR, remote: FAR }, identityOf(1), { rng: seededRng('later') })
  later.start(at(1))
  later.receive(helloTwo, at(1))
  expect(faults(later.receive(recorded, at(1)))).toEqual([Fault.BAD_PROOF])
})

test('our own proof cannot be reflected', () => {
  const session = makeSession(1, THERE, { local: NEAR, remote: NEAR })
  const mine = sent(session.start(at(0)), 'Hello')
  const proof = sent(session.receive({ ...mine, nonce: filled(7) }, at(0)), 'Proof')
  expect(faults(session.receive(proof, at(0)))).toEqual([Fault.BAD_PROOF])
})

test('our own hello is recognised', () => {
  const session = makeSession()
  const effects = session.receive(sent(session.start(at(0)), 'Hello'), at(0))
  expect(sent(effects, 'Goodbye').reason).toBe(GoodbyeReason.SELF)
})

test('where the name says the rules, others end politely', () => {
  const others = { ...HELLO, rulesId: '6f'.repeat(32) }
  const binding = { local: NEAR, remote: FAR }
  const bound = new Session(THERE, binding, { ...identityOf(1), isBound: true }, { rng: seededRng('bound') })
  bound.start(at(0))
  const effects = bound.receive(others, at(0))
  expect(sent(effects, 'Goodbye')).toEqual({
    type: 'Goodbye',
    reason: GoodbyeReason.OTHER_RULES,
    detail: "the room's name says other rules",
  })
  expect(faults(effects)).toEqual([])
  expect(sent(inState(State.GREETED).receive(others, at(0)), 'Proof').type).toBe('Proof')
})

test.each([
  [{ ...HELLO, roomTag: '6f'.repeat(16) as RoomTag }, GoodbyeReason.WRONG_ROOM, 'the hello names another room'],
  [{ ...HELLO, version: 9 }, GoodbyeReason.WRONG_VERSION, 'version 9, not 1'],
])('a hello of another room or version ends politely', (changed, reason, detail) => {
  const effects = inState(State.GREETED).receive(changed, at(0))
  expect(sent(effects, 'Goodbye')).toEqual({ type: 'Goodbye', reason, detail })
  expect(faults(effects)).toEqual([])
})

test('a key that is no point is a fault', () => {
  const hello = { ...HELLO, publicKey: 'ff'.repeat(32) as typeof HELLO.publicKey }
  expect(faults(inState(State.GREETED).receive(hello, at(0)))).toEqual([Fault.MALFORMED])
})

test('a peer without our protocol is left alone', () => {
  const session = inState(State.GREETED)
  expect(session.deadline).toBe(HELLO_TIMEOUT_SECONDS)
  const told = session.tick(at(HELLO_TIMEOUT_SECONDS))
  expect(told).toEqual([{ type: 'Emit', event: { type: 'ForeignPeerJoined', peer: THERE } }])
  expect(session.state).toBe(State.FOREIGN)
  expect(session.deadline).toBeNull()
  expect(session.tick(at(10_000))).toEqual([])
})

test('leaving a foreign peer says nothing it would not understand', () => {
  const effects = inState(State.FOREIGN).close(GoodbyeReason.LEAVING, '', at(0))
  expect(effects).toEqual([{ type: 'Disconnect', peer: THERE, reason: 'leaving' }])
})

test('a missing proof closes the session and costs nothing else', () => {
  const session = inState(State.PROVING)
  const detail = 'no proof within 10 s'
  expect(session.tick(at(PROOF_TIMEOUT_SECONDS))).toEqual([
    { type: 'Send', peer: THERE, message: { type: 'Goodbye', reason: GoodbyeReason.FAULT, detail } },
    { type: 'Disconnect', peer: THERE, reason: detail },
  ])
  expect(session.state).toBe(State.CLOSING)
})

test('a quiet session pings and measures the lag', () => {
  const session = inState(State.ESTABLISHED)
  expect(session.tick(at(HEARTBEAT_QUIET_SECONDS - 0.1))).toEqual([])
  const { token } = sent(session.tick(at(HEARTBEAT_QUIET_SECONDS)), 'Ping')
  session.receive({ type: 'Pong', token }, at(HEARTBEAT_QUIET_SECONDS + 0.25))
  expect(session.lagSeconds).toBe(0.25)
  session.receive({ type: 'Pong', token }, at(HEARTBEAT_QUIET_SECONDS + 9))
  expect(session.lagSeconds).toBe(0.25)
})

test('who leaves a ping unanswered is silent until it says anything', () => {
  const session = inState(State.ESTABLISHED)
  expect(session.probe(at(HEARTBEAT_ANSWER_SECONDS - 0.1))).toEqual([])
  sent(session.probe(at(6)), 'Ping')
  expect(session.probe(at(7))).toEqual([])
  expect(session.isSilent(at(6 + HEARTBEAT_ANSWER_SECONDS - 0.1))).toBe(false)
  expect(session.isSilent(at(6 + HEARTBEAT_ANSWER_SECONDS))).toBe(true)
  session.receive({ type: 'Ping', token: 1 }, at(20))
  expect(session.isSilent(at(20 + HEARTBEAT_ANSWER_SECONDS))).toBe(false)
  sent(session.probe(at(30)), 'Ping')
})

test('who says nothing for longer than heartbeats allow is silent, and who left is', () => {
  const session = inState(State.ESTABLISHED)
  const due = HEARTBEAT_QUIET_SECONDS + HEARTBEAT_YIELD_SECONDS + HEARTBEAT_ANSWER_SECONDS
  expect([due - 0.1, due].map(seconds => session.isSilent(at(seconds)))).toEqual([false, true])
  session.close(GoodbyeReason.LEAVING, '', at(40))
  expect(session.isSilent(at(40))).toBe(true)
  expect(session.probe(at(60))).toEqual([])
})

test('a ping is answered with its token', () => {
  const effects = inState(State.ESTABLISHED).receive({ type: 'Ping', token: 42 }, at(1))
  expect(sent(effects, 'Pong').token).toBe(42)
})

test('what the node sends puts the heartbeat off', () => {
  const session = inState(State.ESTABLISHED)
  session.sent(at(4))
  expect(session.deadline).toBe(4 + HEARTBEAT_QUIET_SECONDS)
})

test('a silent peer is dead', () => {
  const session = inState(State.ESTABLISHED)
  const effects = session.tick(at(SILENCE_MAX_SECONDS))
  expect(effects).toEqual([{ type: 'Disconnect', peer: THERE, reason: 'silent for 60 s' }])
  expect(session.state).toBe(State.CLOSING)
})

test('a day old session ends for a fresh proof', () => {
  const session = inState(State.ESTABLISHED)
  session.receive({ type: 'Ping', token: 1 }, at(SESSION_AGE_MAX_SECONDS - 1))
  expect(sent(session.tick(at(SESSION_AGE_MAX_SECONDS)), 'Goodbye').reason).toBe(GoodbyeReason.EXPIRED)
})

test('a flood of messages closes the session', () => {
  const session = inState(State.ESTABLISHED)
  const messages = Array.from({ length: MESSAGE_BURST_MAX + 2 }, () => EXAMPLES.Unknown)
  expect(faults(messages.flatMap(message => session.receive(message, at(0))))).toEqual([Fault.FLOOD])
})

test.each([
  ['see you', 'goodbye: leaving see you'],
  ['', 'goodbye: leaving'],
  // JavaScript's own trimEnd would drop the mark too.
  ['\u3000\ufeff\u2028', 'goodbye: leaving \u3000\ufeff'],
])('a goodbye is answered by closing, whatever white space it ends in', (detail, reason) => {
  const effects = inState(State.ESTABLISHED).receive({ ...EXAMPLES.Goodbye, detail }, at(1))
  expect(effects).toEqual([{ type: 'Disconnect', peer: THERE, reason }])
})

test('saying goodbye twice says it once', () => {
  expect(inState(State.CLOSING).close(GoodbyeReason.LEAVING, '', at(0))).toEqual([])
})

test('a session driven past its table throws', () => {
  const session = inState(State.GREETED)
  session.state = State.PROVING
  expect(() => session.receive(EXAMPLES.Proof, at(0))).toThrow(LocalProtocolError)
})
