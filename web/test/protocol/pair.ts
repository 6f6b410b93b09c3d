/** Nodes wired to each other without a transport: messages pass as bytes, disks are maps. */

import { utf8ToBytes } from '@noble/hashes/utils.js'
import { Outlines } from '../../src/adapters/outlines.ts'
import { clamped, earliest, type Moment, type Monotonic, type UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { RETENTION_SECONDS } from '../../src/core/limits.ts'
import { Index } from '../../src/core/merkle.ts'
import type { Message } from '../../src/core/message.ts'
import { KIND_DELETION, type Record, type RecordId } from '../../src/core/record.ts'
import { makeManifest, makeRules } from '../../src/core/rules.ts'
import { makeRoomName, type PeerId, roomTag } from '../../src/core/signal.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import { encode } from '../../src/core/wire.ts'
import { Claims } from '../../src/protocol/claims.ts'
import type { Description, Effect, Resolve } from '../../src/protocol/effects.ts'
import type { Event } from '../../src/protocol/events.ts'
import type { Input, Resolved } from '../../src/protocol/inputs.ts'
import { Naming } from '../../src/protocol/lightness.ts'
import { Meeting } from '../../src/protocol/meeting.ts'
import { Mesh } from '../../src/protocol/mesh.ts'
import { Node, type NodeOptions } from '../../src/protocol/node.ts'
import { Wanting } from '../../src/protocol/wanting.ts'
import { seededRng } from '../seeded.ts'
import { isSigned, signed } from '../signing.ts'

export const ROOM = makeRoomName('peerset', 'lobby')
export const ROOM_TAG = roomTag(ROOM)
export const START = 1_790_000_000 as UnixTime

/** The monotonic clock's reading at START, where nodes are concerned. */
const BIRTH = 1_000

/** Give the moment *seconds* after the monotonic clock's zero, which is START here. */
export function at(seconds: number): Moment {
  return { monotonic: seconds as Monotonic, unix: (START + Math.trunc(seconds)) as UnixTime }
}

/** Give the moment *seconds* into the life of a node. */
export function inLife(seconds: number): Moment {
  return { monotonic: (BIRTH + seconds) as Monotonic, unix: (START + Math.trunc(seconds)) as UnixTime }
}

const keys = new Map<number, SecretKey>()

/** Give the test key *number*, from 1. */
export function key(number: number): SecretKey {
  const known = keys.get(number)
  if (known !== undefined) return known
  const secret = new Uint8Array(32)
  new DataView(secret.buffer).setUint32(28, number)
  const made = new SecretKey(secret)
  keys.set(number, made)
  return made
}

/** Give the id of the peer *number*. */
export function peerId(number: number): PeerId {
  return `0000${String(number).padStart(16, '0')}` as PeerId
}

/** Give *size* bytes that are all *value*. */
export function filled(value: number, size = 32): Uint8Array {
  return new Uint8Array(size).fill(value)
}

/** How a made-up record differs from the usual one. */
export interface Recipe {
  readonly at?: number
  readonly author?: number
  readonly kind?: number
  /** The least length of its content. */
  readonly size?: number
  readonly tags?: readonly (readonly string[])[]
}

/** Sign the record *number* of the lobby. */
export function makeRecord(
  number = 0,
  { at = START, author = 1, kind = 1078, size = 0, tags = [] }: Recipe = {},
): Record {
  return signed(key(author), {
    createdAt: at as UnixTime,
    kind,
    tags: [['h', ROOM_TAG], ...tags],
    content: `record ${number}`.padEnd(size, '.'),
  })
}

/** Sign a deletion of *targets*. */
export function deletionOf(targets: readonly Record[], { at = START, author = 1 }: Recipe = {}): Record {
  return signed(key(author), {
    createdAt: at as UnixTime,
    kind: KIND_DELETION,
    tags: [['h', ROOM_TAG], ...targets.map(({ id }) => ['e', id])],
    content: '',
  })
}

/** Records by their ids. */
export type Disk = Map<RecordId, Record>

/** Keep *records* on a disk of their own. */
export function diskOf(records: readonly Record[]): Disk {
  return new Map(records.map(record => [record.id, record]))
}

/** What the policies of a member say of a record. */
export type Judge = (record: Record) => Verdict

/** Make a node that holds *records*, with the key and the chance of *number*. */
export function makeNode(number: number, records: readonly Record[], options: Partial<NodeOptions> = {}): Node {
  return new Node({
    key: key(number),
    room: ROOM,
    rng: seededRng(`node ${number}`),
    index: Index.bulk(records.map(({ createdAt, id }) => [createdAt, id])),
    deleters: new Outlines(records).deleters(),
    mesh: new Mesh(),
    ...options,
  })
}

/** Answer what a batch asks about deletions of a disk that holds *records*. */
export function resolved({ batch, targets, questions }: Resolve, records: Iterable<Record>): Resolved {
  const outlines = new Outlines(records)
  return { type: 'Resolved', batch, outlines: outlines.named(targets), marks: outlines.marks(questions) }
}

/** Let any record pass. */
function accept(): Verdict {
  return { type: 'Accept' }
}

/** Do what *effect* asks of the store, the verifier and the policies; give the answer, or null when there is none. */
export function answerTo(effect: Effect, disk: Disk, judge: Judge = accept): Input | null {
  switch (effect.type) {
    case 'Verify':
      return { type: 'Verified', batch: effect.batch, areValid: effect.records.map(isSigned) }
    case 'Judge':
      return { type: 'Judged', batch: effect.batch, verdicts: effect.records.map(judge) }
    case 'Resolve':
      return resolved(effect, disk.values())
    case 'Save':
      for (const record of effect.records) disk.set(record.id, record)
      for (const id of effect.removed) disk.delete(id)
      return { type: 'Saved', batch: effect.batch }
    case 'Load': {
      const { peer, round, ids } = effect
      return { type: 'Loaded', peer, round, blobs: ids.map(id => disk.get(id)?.wire ?? new Uint8Array()) }
    }
    case 'Expire': {
      const old = [...disk.values()].filter(record => record.createdAt < effect.before)
      for (const record of old) disk.delete(record.id)
      return { type: 'Expired', count: old.length }
    }
    default:
      return null
  }
}

/** A node, its disk and what it emitted. */
export class Member {
  readonly name: PeerId
  readonly node: Node
  readonly disk: Disk
  readonly judge: Judge
  /** Nothing more goes on its disk. */
  isFull = false
  /** How many seconds its wall clock is ahead of the true time. */
  ahead = 0
  readonly events: Event[] = []
  readonly sent: { readonly to: PeerId; readonly message: Message; readonly size: number }[] = []

  constructor(name: PeerId, node: Node, disk: Disk, judge: Judge = accept) {
    this.name = name
    this.node = node
    this.disk = disk
    this.judge = judge
  }
}

/** How a member differs from the others. */
interface Means {
  readonly judge?: Judge
  /** For how long it keeps the content of records, when that is less than the rules say. */
  readonly windowSeconds?: number | null
  /** For how long records are kept by its rules. */
  readonly retentionSeconds?: number
  readonly ahead?: number
  /** Neighbours bring it together with others, and it makes channels to them at once. */
  readonly meets?: boolean
}

/** Members whose channels deliver in order; time moves only by `passTime`. */
export class Net {
  now = inLife(0)
  /** Changes what passes from a peer to another. */
  tamper: (source: PeerId, target: PeerId, data: Uint8Array) => Uint8Array = (_source, _target, data) => data
  readonly members = new Map<PeerId, Member>()
  readonly #links = new Set<string>()
  readonly #inputs: [Member, Input][] = []

  /** Add the member *number* holding *records*; with a *judge*, its rules are other than those without. */
  add(
    number: number,
    records: readonly Record[] = [],
    { judge, windowSeconds = null, retentionSeconds = RETENTION_SECONDS, ahead = 0, meets = false }: Means = {},
  ): Member {
    const policies = judge === undefined ? [] : [makeManifest({ name: 'judge', version: 1 })]
    const rules = makeRules({ retentionSeconds, policies })
    const name = peerId(number)
    const self = { own: name, key: key(number), tag: ROOM_TAG, rng: seededRng(name) }
    const meeting = meets ? new Meeting(self) : null
    const naming = new Naming(windowSeconds === null ? null : new Claims(windowSeconds, Wanting))
    const seen = records.length > 0 ? START : null
    const node = makeNode(number, records, { rules, hasPolicies: judge !== undefined, naming, meeting, seen })
    const member = new Member(name, node, diskOf(records), judge)
    member.ahead = ahead
    this.members.set(member.name, member)
    this.#perform(member, member.node.start(this.#moment(member)))
    return member
  }

  /** Open a channel between *one* and *two* and deliver everything. */
  connect(one: Member, two: Member): void {
    this.#link(one, two.name)
    this.run()
  }

  /** Let all be lost that *one* and *two* say to each other from now on. */
  lose(one: Member, two: Member): void {
    this.#links.delete(linkOf(one.name, two.name))
  }

  #link(one: Member, peer: PeerId): void {
    const two = this.members.get(peer)
    if (two === undefined) return
    this.#links.add(linkOf(one.name, two.name))
    for (const [local, remote] of [
      [one, two],
      [two, one],
    ] as const) {
      const binding = { local: fingerprint(local, remote), remote: fingerprint(remote, local) }
      this.feed(local, { type: 'Opened', peer: remote.name, binding, route: 'direct', address: '192.0.2.1' })
    }
  }

  /** Answer what Trystero is asked in a page. */
  #describe(member: Member, peer: PeerId, kind: Description['kind']): void {
    this.feed(member, { type: 'Described', peer, description: { kind, offerId: 'net', sdp: member.name } })
  }

  /** Queue *event* for *member*. */
  feed(member: Member, event: Input): void {
    this.#inputs.push([member, event])
  }

  /** Let *member*'s user publish *records*. */
  publish(member: Member, ...records: readonly Record[]): void {
    this.feed(member, { type: 'Published', records })
    this.run()
  }

  /** Deliver until nothing is under way. */
  run(): void {
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const [member, event] = next
      this.#perform(member, member.node.receive(event, this.#moment(member)))
    }
  }

  /** Give the moment by the clocks of *member*. */
  #moment({ ahead }: Member): Moment {
    return { monotonic: this.now.monotonic, unix: clamped(this.now.unix + ahead) }
  }

  /** Let *seconds* pass, tick by tick. */
  passTime(seconds: number): void {
    const end = this.now.monotonic - BIRTH + seconds
    for (;;) {
      const due = earliest(Array.from(this.members.values(), member => member.node.deadline))
      const following = Math.max(due ?? Number.POSITIVE_INFINITY, this.now.monotonic) - BIRTH
      if (following >= end) break
      this.now = inLife(following)
      for (const member of this.members.values()) this.#perform(member, member.node.tick(this.#moment(member)))
      this.run()
    }
    this.now = inLife(end)
  }

  #perform(member: Member, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'Send') this.#send(member, effect.peer, effect.message)
      else if (effect.type === 'Disconnect') this.#disconnect(member, effect.peer, effect.reason)
      else if (effect.type === 'Emit') member.events.push(effect.event)
      else if (effect.type === 'Dial') this.#describe(member, effect.peer, 'offer')
      else if (effect.type === 'Signal' && effect.description.kind === 'offer')
        this.#describe(member, effect.peer, 'answer')
      else if (effect.type === 'Signal') this.#link(member, effect.peer)
      const isLost = effect.type === 'Save' && member.isFull
      const answer: Input | null = isLost
        ? { type: 'SaveFailed', batch: effect.batch, reason: 'the disk is full' }
        : answerTo(effect, member.disk, member.judge)
      if (answer !== null) this.feed(member, answer)
    }
  }

  #send(member: Member, to: PeerId, message: Message): void {
    const target = this.members.get(to)
    if (target === undefined || !this.#links.has(linkOf(member.name, to))) return
    const data = this.tamper(member.name, to, encode(message))
    member.sent.push({ to, message, size: data.length })
    this.feed(target, { type: 'Received', peer: member.name, data })
  }

  #disconnect(member: Member, peer: PeerId, reason: string): void {
    if (!this.#links.delete(linkOf(member.name, peer))) return
    this.feed(member, { type: 'Closed', peer, reason })
    const other = this.members.get(peer)
    if (other !== undefined) this.feed(other, { type: 'Closed', peer: member.name, reason: 'closed by the other end' })
  }
}

function linkOf(one: PeerId, two: PeerId): string {
  return [one, two].sort().join(' ')
}

/** Give the certificate digest that *local* uses towards *remote*. */
function fingerprint(local: Member, remote: Member): Uint8Array {
  const digest = new Uint8Array(32)
  digest.set(utf8ToBytes(`${local.name}->${remote.name}`).subarray(0, 32))
  return digest
}
