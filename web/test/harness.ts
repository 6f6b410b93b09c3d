/**
 * Nodes behind standard input and output: one command a line, one answer a line, both JSON objects.
 *
 * The twin of tests/protocol/harness.py, which says what the commands are: the same commands give the same answers in
 * both languages. Run it in web/ by `node --import { Outlines } from '../src/adapters/outlines.ts'
import { resolved } from './protocol/pair.ts'
import tsx test/harness.ts`.
 */

import { stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { Outlines } from '../src/adapters/outlines.ts'
import type { Moment, Monotonic, UnixTime } from '../src/core/clock.ts'
import { type PublicKey, SecretKey } from '../src/core/keys.ts'
import { Index } from '../src/core/merkle.ts'
import { pinnedIn } from '../src/core/pin.ts'
import { decodeRecord, hasValidSignature, KIND_PIN, type Record, type RecordId } from '../src/core/record.ts'
import { makeManifest, makeRules } from '../src/core/rules.ts'
import { makeRoomName, type PeerId, type RoomName, roomTag } from '../src/core/signal.ts'
import { unreachable } from '../src/core/unreachable.ts'
import type { Verdict } from '../src/core/verdict.ts'
import { encode } from '../src/core/wire.ts'
import type { Effect, Expire, Save } from '../src/protocol/effects.ts'
import type { Event } from '../src/protocol/events.ts'
import type { Input } from '../src/protocol/inputs.ts'
import { Naming } from '../src/protocol/lightness.ts'
import { Meeting } from '../src/protocol/meeting.ts'
import { Mesh } from '../src/protocol/mesh.ts'
import { Node } from '../src/protocol/node.ts'
import { keepUp } from '../src/protocol/upkeep.ts'
import { resolved } from './protocol/pair.ts'
import { seededRng } from './seeded.ts'

type Shown = readonly (number | string | object)[]

interface At {
  readonly node: string
  readonly now: readonly [monotonic: number, unix: number]
}

interface New extends At {
  readonly do: 'new'
  readonly secret: string
  readonly room: readonly [app: string, room: string]
  readonly seed: string
  readonly records: readonly number[]
  readonly policy: 'none' | 'kept' | 'claimed'
}

interface Opened extends At {
  readonly do: 'opened'
  readonly peer: PeerId
  readonly local: string
  readonly remote: string
  readonly route: string
  readonly address: string
}

type InputCommand =
  | Opened
  | (At & { readonly do: 'closed' | 'faulted'; readonly peer: PeerId; readonly reason: string })
  | (At & { readonly do: 'received'; readonly peer: PeerId; readonly data: string })
  | (At & { readonly do: 'published' | 'imported' | 'purged'; readonly records: readonly number[] })
  | (At & { readonly do: 'banned'; readonly key: PublicKey; readonly seconds: number })
  | (At & { readonly do: 'left' })

type NodeCommand =
  | New
  | InputCommand
  | (At & { readonly do: 'restart'; readonly seed: string })
  | (At & { readonly do: 'disk'; readonly full: boolean; readonly slow: boolean })
  | (At & { readonly do: 'tick' | 'look' })

type Command = NodeCommand | { readonly do: 'pool'; readonly records: readonly string[] }

const STRICT_RULES = makeRules({ policies: [makeManifest({ name: 'spam', version: 1 })] })

/** Which signatures are good; each is checked once, however many nodes ask. */
class Signatures {
  readonly #areValid = new Map<string, boolean>()

  /** Say whether the signature of *record* is its author's. */
  check(record: Record): boolean {
    const name = `${record.id} ${bytesToHex(record.signature)}`
    const isValid = this.#areValid.get(name) ?? hasValidSignature(record)
    this.#areValid.set(name, isValid)
    return isValid
  }
}

/** Looks for nobody: no case has more than three members. */
class Quiet extends Meeting {
  override get isCalling(): boolean {
    return false
  }
}

/** A node, its disk and its policy. */
class Host {
  node: Node
  isFull = false
  #isSlow = false
  /** What a slow disk has not said yet. */
  #answers: Input[] = []
  /** What was kept the last time, for pins alone. */
  #kept: ReadonlySet<RecordId> = new Set()
  readonly #disk: Map<RecordId, Record>
  readonly #room: RoomName
  readonly #key: SecretKey
  readonly #policy: New['policy']
  readonly #signatures: Signatures

  constructor(command: New, records: readonly Record[], signatures: Signatures) {
    this.#disk = new Map(records.map(record => [record.id, record]))
    this.#room = makeRoomName(...command.room)
    this.#key = new SecretKey(hexToBytes(command.secret))
    this.#policy = command.policy
    this.#signatures = signatures
    this.node = this.#makeNode(command.seed)
  }

  /** Start the node; give what it asked for. */
  start(now: Moment): Shown[] {
    return this.#perform(this.node.start(now), now)
  }

  /** Begin a new life over what was saved. */
  restart(seed: string, now: Moment): Shown[] {
    this.node = this.#makeNode(seed)
    this.#answers = []
    this.#kept = new Set()
    return this.start(now)
  }

  /** Hold answers back, or give all that waited. */
  setSlow(isSlow: boolean, now: Moment): Shown[] {
    this.#isSlow = isSlow
    const waiting = isSlow ? [] : this.#answers.splice(0)
    return waiting.flatMap(answer => this.feed(answer, now))
  }

  /** Let *event* happen; give what the node asked for. */
  feed(event: Input, now: Moment): Shown[] {
    // What is purged stays a member without content.
    if (event.type === 'Purged') for (const id of event.ids) this.#disk.delete(id)
    return this.#perform(this.node.receive(event, now), now)
  }

  /** Let time pass; give what the node asked for. */
  tick(now: Moment): Shown[] {
    return this.#perform(this.node.tick(now), now)
  }

  #makeNode(seed: string): Node {
    const records = [...this.#disk.values()]
    return new Node({
      key: this.#key,
      room: this.#room,
      rng: seededRng(seed),
      upkeep: keepUp,
      naming: new Naming(),
      mesh: new Mesh(),
      index: Index.bulk(records.map(record => [record.createdAt, record.id])),
      deleters: new Outlines(records).deleters(),
      rules: this.#policy === 'none' ? makeRules() : STRICT_RULES,
      hasPolicies: this.#policy === 'kept',
      meeting: new Quiet({ own: '0000' as PeerId, key: this.#key, tag: roomTag(this.#room), rng: seededRng(seed) }),
    })
  }

  #perform(effects: readonly Effect[], now: Moment): Shown[] {
    const todo = [...effects]
    // The array grows while it is walked.
    for (const effect of todo) {
      const answer = this.#answer(effect)
      if (answer !== null && this.#isSlow) this.#answers.push(answer)
      else if (answer !== null) todo.push(...this.node.receive(answer, now))
    }
    return todo.map(showEffect)
  }

  #answer(effect: Effect): Input | null {
    switch (effect.type) {
      case 'Verify': {
        const areValid = effect.records.map(record => this.#signatures.check(record))
        return { type: 'Verified', batch: effect.batch, areValid }
      }
      case 'Judge':
        return {
          type: 'Judged',
          batch: effect.batch,
          verdicts: effect.records.map(record => judge(record, this.#policy)),
        }
      case 'Resolve':
        return resolved(effect, this.#disk.values())
      case 'Save':
        return this.#save(effect)
      case 'Load': {
        const blobs = effect.ids.map(id => this.#disk.get(id)?.wire ?? new Uint8Array())
        return { type: 'Loaded', peer: effect.peer, round: effect.round, blobs }
      }
      case 'Expire':
        return this.#expire(effect)
      case 'Send':
      case 'Disconnect':
      case 'Emit':
      case 'KeepRefused':
      case 'KeepAcquaintances':
      case 'Dial':
      case 'Signal':
      case 'FindBlob':
      case 'ReadPieces':
      case 'KeepPiece':
      case 'GiveUpBlob':
        return null
      default:
        return unreachable(effect)
    }
  }

  /** Collect, but for what pins show. */
  #expire({ before }: Expire): Input {
    const records = [...this.#disk.values()]
    const pins = records.filter(({ kind, createdAt }) => kind === KIND_PIN && createdAt >= before)
    const held = new Set(pins.map(pin => pinnedIn(pin).id))
    const old = records.filter(({ createdAt }) => createdAt < before)
    const kept = old.flatMap(({ id }) => (held.has(id) ? [id] : []))
    for (const { id } of old) if (!held.has(id)) this.#disk.delete(id)
    if (kept.length !== this.#kept.size || kept.some(id => !this.#kept.has(id))) this.#kept = new Set(kept)
    return { type: 'Expired', count: old.length - kept.length, kept: this.#kept }
  }

  #save({ batch, records, removed }: Save): Input {
    if (this.isFull) return { type: 'SaveFailed', batch, reason: 'the disk is full' }
    for (const record of records) this.#disk.set(record.id, record)
    for (const id of removed) this.#disk.delete(id)
    return { type: 'Saved', batch }
  }
}

/** All nodes of one process, by name. */
class Harness {
  readonly #hosts = new Map<string, Host>()
  readonly #signatures = new Signatures()
  #pool: readonly Record[] = []

  /** Do what *command* says; give the answer. */
  obey(command: Command): object {
    if (command.do === 'pool') {
      this.#pool = command.records.map(record => decodeRecord(hexToBytes(record)))
      return {}
    }
    const [monotonic, unix] = command.now
    const now: Moment = { monotonic: monotonic as Monotonic, unix: unix as UnixTime }
    const host = this.#find(command)
    const effects = this.#do(host, command, now)
    const answer = { effects, deadline: host.node.deadline }
    if (command.do !== 'look') return answer
    const { count, isQuiet: quiet } = host.node
    return { ...answer, root: host.node.root(now), count, quiet }
  }

  #find(command: NodeCommand): Host {
    if (command.do === 'new') {
      const host = new Host(command, this.#named(command.records), this.#signatures)
      this.#hosts.set(command.node, host)
      return host
    }
    const host = this.#hosts.get(command.node)
    if (host === undefined) throw new RangeError(`there is no node ${command.node}`)
    return host
  }

  #do(host: Host, command: NodeCommand, now: Moment): Shown[] {
    switch (command.do) {
      case 'new':
        return host.start(now)
      case 'restart':
        return host.restart(command.seed, now)
      case 'tick':
        return host.tick(now)
      case 'disk':
        host.isFull = command.full
        return host.setSlow(command.slow, now)
      case 'look':
        return []
      default:
        return host.feed(this.#input(command), now)
    }
  }

  #input(command: InputCommand): Input {
    switch (command.do) {
      case 'opened': {
        const { peer, route, address } = command
        const binding = { local: hexToBytes(command.local), remote: hexToBytes(command.remote) }
        return { type: 'Opened', peer, binding, route, address }
      }
      case 'closed':
        return { type: 'Closed', peer: command.peer, reason: command.reason }
      case 'faulted':
        return { type: 'Faulted', peer: command.peer, reason: command.reason }
      case 'received':
        return { type: 'Received', peer: command.peer, data: hexToBytes(command.data) }
      case 'published':
        return { type: 'Published', records: this.#named(command.records) }
      case 'imported':
        return { type: 'Imported', records: this.#named(command.records) }
      case 'purged':
        return { type: 'Purged', ids: this.#named(command.records).map(record => record.id) }
      case 'banned':
        return { type: 'KeyBanned', key: command.key, seconds: command.seconds }
      case 'left':
        return { type: 'Left' }
      default:
        return unreachable(command)
    }
  }

  #named(numbers: readonly number[]): Record[] {
    return numbers.flatMap(number => this.#pool[number] ?? [])
  }
}

/** Say what the policy of nodes that keep one says; the others are asked for the sake of pins. */
function judge(record: Record, policy: New['policy']): Verdict {
  if (policy !== 'kept' || !record.content.includes('spam')) return { type: 'Accept' }
  return { type: 'Reject', policy: 'spam', reason: 'it says spam', rule: '', span: null }
}

/** Write *effect* as an array that begins with its name. */
function showEffect(effect: Effect): Shown {
  switch (effect.type) {
    case 'Send':
      return [effect.type, effect.peer, bytesToHex(encode(effect.message))]
    case 'Disconnect':
      return [effect.type, effect.peer, effect.reason]
    case 'Dial':
    case 'Signal':
      return [effect.type, effect.peer]
    case 'Emit':
      return [effect.type, effect.event.type, showEvent(effect.event)]
    case 'Verify':
    case 'Judge':
      return [effect.type, effect.batch, effect.records.map(record => record.id)]
    case 'Resolve':
      return [effect.type, effect.batch, effect.targets, effect.questions]
    case 'Save':
      return [effect.type, effect.batch, effect.records.map(record => record.id), effect.removed]
    case 'Load':
      return [effect.type, effect.peer, effect.round, effect.ids]
    case 'Expire':
      return [effect.type, effect.before, effect.seen, effect.until]
    case 'KeepRefused':
      return [effect.type, effect.refused, effect.rules]
    case 'KeepAcquaintances':
      return [effect.type, effect.acquaintances]
    case 'FindBlob':
    case 'GiveUpBlob':
      return [effect.type, effect.root]
    case 'ReadPieces':
      return [effect.type, effect.peer, effect.root, effect.first, effect.count]
    case 'KeepPiece':
      return [effect.type, effect.peer, effect.name.root, effect.piece]
    default:
      return unreachable(effect)
  }
}

/** Write the fields of *event* by the names they have in Python; a record is its id. */
function showEvent(event: Event): object {
  const { type: _, ...fields } = event
  if ('isOurs' in fields) return { seconds: fields.seconds, peers: fields.peers, is_ours: fields.isOurs }
  if ('kept' in fields) return { ...fields, kept: [...fields.kept].sort() }
  return 'record' in fields ? { ...fields, record: fields.record.id } : fields
}

const harness = new Harness()
for await (const line of createInterface({ input: stdin })) {
  stdout.write(`${JSON.stringify(harness.obey(JSON.parse(line) as Command))}\n`)
}
