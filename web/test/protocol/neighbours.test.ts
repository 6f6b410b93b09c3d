/** Strikes, and bans of keys and addresses, through a whole node. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { expect, test } from 'vitest'
import { BAN_SECONDS, CHANNELS_MAX, GRACE_SECONDS, STRIKE_ADDRESS_PART, STRIKES_BANNED } from '../../src/core/limits.ts'
import type { Message } from '../../src/core/message.ts'
import type { Effect } from '../../src/protocol/effects.ts'
import { WEIGHTS } from '../../src/protocol/strikes.ts'
import { key, peerId } from './pair.ts'
import { ADDRESS, farewells, Host, only, Stranger, told } from './stranger.ts'

const GARBAGE = utf8ToBytes('garbage')
const NO_RECORD: Message = { type: 'Records', round: 0, blobs: [utf8ToBytes('no record')] }
const FAULTS_TO_BAN = Math.floor(STRIKES_BANNED / WEIGHTS.malformed)

/** Give a host with one established stranger. */
function meet(): readonly [Host, Stranger] {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  stranger.establish()
  return [host, stranger]
}

/** Let *stranger* do what bans its key; give what the node did at last. */
function disgrace(stranger: Stranger): Effect[] {
  let effects: Effect[] = []
  for (let count = 0; count < FAULTS_TO_BAN; count += 1) {
    stranger.establish()
    effects = stranger.say(NO_RECORD)
  }
  return effects
}

test('a page whose places are all taken sends the least useful away for a newcomer, and a newcomer while all are safe', () => {
  const host = new Host()
  const strangers = Array.from({ length: CHANNELS_MAX }, (_, number) => new Stranger(host, 2 + number))
  for (const stranger of strangers) expect(farewells(stranger.establish(), stranger.peer)).toEqual([])
  const early = new Stranger(host, 100)
  expect(farewells(early.establish(), early.peer)).toEqual(['FULL'])
  host.wait(GRACE_SECONDS)
  const late = new Stranger(host, 101)
  const effects = late.establish()

  expect(farewells(effects, late.peer)).toEqual([])
  expect(strangers.flatMap(({ peer }) => farewells(effects, peer))).toEqual(['FULL'])
  expect(told(effects, 'PeerJoined').map(({ peer }) => peer)).toEqual([late.peer])
})

test('strikes against a key lead to a ban that outlives the session', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  const rounds = Array.from({ length: FAULTS_TO_BAN }, () => {
    stranger.establish()
    return stranger.say(NO_RECORD)
  })
  const states = rounds.flatMap(effects => told(effects, 'StrikeCounted').map(strike => strike.state))
  expect(states).toEqual(['warned', 'warned', 'warned', 'banned'])
  expect(farewells(rounds.at(-1) ?? [], stranger.peer)).toEqual(['BANNED'])
  const refused = new Stranger(host, 2).establish()
  expect(farewells(refused, stranger.peer)).toEqual(['BANNED'])
  expect(told(refused, 'PeerJoined')).toEqual([])
  host.wait(BAN_SECONDS)
  expect(told(new Stranger(host, 2).establish(), 'PeerJoined')).toHaveLength(1)
})

test('a ban ends every session of the key', () => {
  const host = new Host()
  const one = new Stranger(host, 2)
  const two = new Stranger(host, 3, { key: key(2) })
  one.establish()
  const effects = disgrace(two)
  expect(farewells(effects, one.peer)).toEqual(['BANNED'])
  expect(farewells(effects, two.peer)).toEqual(['BANNED'])
})

test('faults before the proof cost a channel and leave the others of that address alone', () => {
  const host = new Host()
  const vandal = new Stranger(host, 2)
  for (let count = 0; count < 5; count += 1) {
    vandal.open()
    const effects = vandal.utter(GARBAGE)
    expect(farewells(effects, vandal.peer)).toEqual(['FAULT'])
    expect(told(effects, 'StrikeCounted')).toMatchObject([{ key: null, state: 'clear', address: '' }])
  }
  expect(told(new Stranger(host, 3).establish(), 'PeerJoined')).toHaveLength(1)
  expect(host.node.savedStrikes(host.now)).toEqual([])
})

test('fresh keys from one address are in the end refused with it', () => {
  const host = new Host()
  const [witness, stranger] = [new Stranger(host, 40), new Stranger(host, 41)]
  witness.establish()
  let effects: Effect[] = []
  for (let count = 0; count < Math.round(1 / STRIKE_ADDRESS_PART); count += 1) {
    stranger.open()
    effects = disgrace(new Stranger(host, 2 + count))
  }
  expect(only(told(effects, 'StrikeCounted'))).toMatchObject({ state: 'banned', address: ADDRESS })
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
  expect(farewells(effects, witness.peer)).toEqual([])
  const late = new Stranger(host, 50)
  expect(farewells(late.open(), late.peer)).toEqual(['BANNED'])
})

test('the address of a relay is held against nobody', () => {
  const host = new Host()
  for (let number = 2; number < 12; number += 1) {
    const effects = disgrace(new Stranger(host, number, { route: 'relayed' }))
    expect(told(effects, 'StrikeCounted').map(strike => strike.address)).toEqual([''])
  }
  const late = new Stranger(host, 50)
  expect(farewells(late.open(), late.peer)).toEqual([])
})

// What the user decides.

test('a key that the user bans is sent away now and refused later', () => {
  const [host, stranger] = meet()
  const other = new Stranger(host, 3)
  other.establish()
  const effects = host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 60 })
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
  expect(farewells(effects, other.peer)).toEqual([])
  stranger.vanish()
  expect(farewells(stranger.establish(), stranger.peer)).toEqual(['BANNED'])
})

test('a ban that the user lifts is over', () => {
  const host = new Host()
  const stranger = new Stranger(host, 2)
  host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 60 })
  host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 0 })
  expect(told(stranger.establish(), 'PeerJoined')).toHaveLength(1)
  expect(host.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 0 })).toEqual([])
})

test('a ban of a network address ends its sessions and refuses the next', () => {
  const [host, stranger] = meet()
  const effects = host.feed({ type: 'KeyBanned', key: ADDRESS, seconds: 60 })
  expect(farewells(effects, stranger.peer)).toEqual(['BANNED'])
  expect(farewells(new Stranger(host, 3).open(), peerId(3))).toEqual(['BANNED'])
})

test('a ban outlives the node and ends by itself', () => {
  const [first, second] = [new Host(), new Host()]
  const stranger = new Stranger(second, 2)
  first.feed({ type: 'KeyBanned', key: stranger.key.publicKey, seconds: 60 })
  second.node.restoreStrikes(first.node.savedStrikes(first.now), second.now)
  expect(farewells(stranger.establish(), stranger.peer)).toEqual(['BANNED'])
  stranger.vanish()
  second.wait(61)
  expect(second.node.savedStrikes(second.now)).toEqual([])
  expect(told(stranger.establish(), 'PeerJoined')).toHaveLength(1)
})
