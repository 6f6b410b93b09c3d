import { expect, test } from 'vitest'
import { SecretKey } from '../../../src/core/keys.ts'
import type { Record } from '../../../src/core/record.ts'
import {
  isAlike,
  problemsOf,
  readIceServers,
  readSpecs,
  readSrc,
  settingsOf,
  type Wishes,
  withTextsRead,
} from '../../../src/elements/room/settings.ts'
import { admission, view } from '../../../src/policies/function.ts'
import { MemorySwarm } from '../../swarm.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(5))
const NOTHING: Wishes = {
  room: 'lobby',
  src: null,
  app: null,
  signaling: null,
  password: null,
  store: null,
  identity: null,
  collection: null,
  files: null,
  theme: null,
  iceServers: null,
  phases: null,
  seal: null,
  retention: null,
  window: null,
  diskBytes: null,
  policies: null,
  options: null,
}

function faultOf(wishes: Partial<Wishes>): [attribute: string, message: string][] {
  return problemsOf({ ...NOTHING, ...wishes }).map(({ attribute, message }) => [attribute, message])
}

test('a room is all that an element needs', () => {
  expect(problemsOf(NOTHING)).toEqual([])
  expect(settingsOf(NOTHING)).toEqual({ room: 'lobby', options: {} })
})

test('every attribute that is missing or wrong is named, with what is wrong', () => {
  expect(faultOf({ room: null })).toEqual([['room', expect.stringContaining('is missing')]])
  expect(faultOf({ room: '' })).toEqual([['room', expect.stringContaining('the room name is empty')]])
  expect(faultOf({ app: 'a\nb' })).toEqual([['app', expect.stringContaining('control characters')]])
  expect(faultOf({ signaling: ['wss://a.example', 'http://b'] })).toEqual([
    [
      'signaling',
      'is wrong: "http://b" does not say how to meet: write "strategy:place", for example "nostr:wss://relay.example", or the address of a tracker, such as "wss://tracker.example"',
    ],
  ])
  expect(faultOf({ signaling: ['a tracker'] })).toHaveLength(1)
  expect(faultOf({ store: 'disk' as 'memory' })).toEqual([['store', 'is wrong: "disk" is none of indexeddb, memory']])
  expect(faultOf({ identity: 'me' })).toEqual([['identity', 'is wrong: "me" is none of ephemeral, vault, extension']])
  expect(faultOf({ identity: 'vault', options: { key: KEY } })).toEqual([
    ['identity', 'is wrong: the key in "options" says already who writes, so "vault" does not'],
  ])
  expect(faultOf({ options: { key: KEY } })).toEqual([])
  expect(faultOf({ options: { key: 'nsec1' } }).map(([attribute]) => attribute)).toEqual(['options'])
  expect(faultOf({ collection: '' })).toEqual([['collection', expect.stringContaining('1 to 256 characters')]])
  expect(faultOf({ iceServers: 'stun:a.example' })).toEqual([['ice-servers', expect.stringContaining('JSON list')]])
  expect(faultOf({ iceServers: [{}] as unknown as RTCIceServer[] })).toHaveLength(1)
  expect(faultOf({ retention: '4000d' })).toEqual([['retention', expect.stringContaining('4000d')]])
  expect(faultOf({ retention: 'forever' })).toEqual([])
  expect(faultOf({ phases: '5m' })).toEqual([['phases', expect.stringContaining('from an hour to 30 days')]])
  expect(faultOf({ window: '59m' })).toEqual([['window', expect.stringContaining('59m')]])
  expect(faultOf({ diskBytes: 5 })).toEqual([['disk-bytes', expect.stringContaining('from 1048576, not 5')]])
  expect(faultOf({ diskBytes: 2 ** 24 })).toEqual([])
  expect(faultOf({ room: null, store: '' as 'memory' }).map(([attribute]) => attribute)).toEqual(['room', 'store'])
})

test('an address stands in the place of a name, and holds no secrets in the markup', () => {
  const address = 'peerset:chess/lobby?signaling=wss://a.example'
  expect(settingsOf({ ...NOTHING, src: address })).toEqual({ room: address, options: {} })
  expect(faultOf({ room: null, src: address })).toEqual([])
  expect(faultOf({ room: null, src: 'lobby' })).toEqual([['src', expect.stringContaining('begins with peerset:')]])
  expect(readSrc(address)).toBe(address)
  expect(readSrc(null)).toBe(null)
  for (const secret of ['#seal=seal1', '#password=x', '&grant=x', '?seal=x']) {
    const src = readSrc(`${address}${secret}`)
    expect(faultOf({ src })).toEqual([['src', expect.stringContaining('holds secrets')]])
  }
})

test('a theme that is none keeps nobody out', () => {
  expect(problemsOf({ ...NOTHING, theme: 'purple' })).toMatchObject([{ attribute: 'theme', isHarmless: true }])
  expect(problemsOf({ ...NOTHING, room: null })).toMatchObject([{ attribute: 'room', isHarmless: false }])
})

test('attributes come before the options of a page', () => {
  const wishes: Wishes = {
    ...NOTHING,
    app: 'chess',
    signaling: ['wss://a.example'],
    password: 'secret',
    phases: '6h',
    store: 'memory',
    iceServers: [{ urls: 'stun:a.example' }],
    retention: '90d',
    window: '7d',
    diskBytes: 2 ** 24,
    policies: [],
    options: { app: 'go', retention: '1d', relayOnly: true },
  }
  expect(settingsOf(wishes).options).toEqual({
    app: 'chess',
    signaling: ['wss://a.example'],
    password: 'secret',
    phases: '6h',
    store: 'memory',
    iceServers: [{ urls: 'stun:a.example' }],
    retention: '90d',
    window: '7d',
    diskBytes: 2 ** 24,
    policies: [],
    relayOnly: true,
  })
})

test('no place in the text is a room without a network, and no text is the public ones', () => {
  expect(settingsOf(withTextsRead({ ...NOTHING, room: 'lobby', signaling: '' })).options).toEqual({ signaling: [] })
  expect(settingsOf(withTextsRead({ ...NOTHING, room: 'lobby' })).options).toEqual({})
})

test('places are parted by spaces, line breaks or commas', () => {
  expect(readSpecs(' wss://a.example,wss://b.example\n  wss://c.example ')).toEqual([
    'wss://a.example',
    'wss://b.example',
    'wss://c.example',
  ])
  expect(readSpecs('')).toEqual([])
  expect(readSpecs(null)).toBeNull()
})

test('servers are read from JSON, and what is none is kept for the complaint', () => {
  expect(readIceServers('[{"urls":"stun:a.example"}]')).toEqual([{ urls: 'stun:a.example' }])
  expect(readIceServers('[')).toBe('[')
  expect(readIceServers(null)).toBeNull()
})

test('what stands inline is made anew at each render, and alike', () => {
  const calm = (version: number) => admission('calm', { version }, () => null)
  expect(isAlike({ policies: [calm(1)] }, { policies: [calm(1)] })).toBe(true)
  expect(isAlike({ policies: [calm(1)] }, { policies: [calm(2)] })).toBe(false)
  expect(isAlike({ policies: [calm(1)] }, { policies: [view('calm', { version: 1 }, () => null)] })).toBe(false)
  const [one, other] = [1, 2].map(() => (record: Record) => (record.content === '' ? 'empty' : null))
  expect(isAlike({ policies: [one] }, { policies: [other] })).toBe(true)
})

test('texts that a framework sets as properties are read as attributes are', () => {
  const given = { ...NOTHING, signaling: 'wss://a.example, wss://b.example', iceServers: '[{"urls":"stun:a.example"}]' }
  expect(withTextsRead(given)).toMatchObject({
    signaling: ['wss://a.example', 'wss://b.example'],
    iceServers: [{ urls: 'stun:a.example' }],
  })
  expect(withTextsRead(NOTHING)).toEqual(NOTHING)
})

test('settings are alike by what lists and plain objects hold, and by what other objects are', () => {
  const policy = () => null
  expect(isAlike({ signaling: ['a'], policies: [policy] }, { signaling: ['a'], policies: [policy] })).toBe(true)
  expect(isAlike({ policies: [() => 'no'] }, { policies: [policy] })).toBe(false)
  expect(isAlike(['a', 'b'], ['a'])).toBe(false)
  expect(isAlike({ a: 1 }, { b: 1 })).toBe(false)
  expect(isAlike(['a'], { 0: 'a' })).toBe(false)
  expect(isAlike(null, {})).toBe(false)
  const swarm = new MemorySwarm()
  expect(isAlike({ transport: swarm.transport() }, { transport: swarm.transport() })).toBe(false)
})
