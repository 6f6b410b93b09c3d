/** One message of each type, for walking tables. */

import type { UnixTime } from '../../src/core/clock.ts'
import {
  FEATURE_DECLINING,
  FEATURE_INTRODUCING,
  FEATURE_LACKING,
  GoodbyeReason,
  type Hello,
  type Message,
  PROTOCOL_VERSION,
  Role,
} from '../../src/core/message.ts'
import { filled, key, ROOM_TAG, START } from './pair.ts'

export const HELLO: Hello = {
  type: 'Hello',
  version: PROTOCOL_VERSION,
  roomTag: ROOM_TAG,
  publicKey: key(2).publicKey,
  nonce: filled(0x6e),
  rulesId: '72'.repeat(32),
  retentionSeconds: 7_776_000,
  role: Role.MEMBER,
  features: FEATURE_LACKING | FEATURE_DECLINING | FEATURE_INTRODUCING,
  unix: START,
}

const DIGEST = '64'.repeat(16)
const PREFIX = '61'.repeat(8)

export const EXAMPLES: { readonly [kind in Message['type']]: Message & { readonly type: kind } } = {
  Hello: HELLO,
  Proof: { type: 'Proof', signature: filled(0x70, 64) },
  Ping: { type: 'Ping', token: 7 },
  Pong: { type: 'Pong', token: 7 },
  Goodbye: { type: 'Goodbye', reason: GoodbyeReason.LEAVING, detail: 'bye' },
  Root: { type: 'Root', round: 1, firstDay: 20_000, upto: START, count: 0, digest: DIGEST },
  Days: {
    type: 'Days',
    round: 1,
    firstDay: 20_000,
    upto: (20_001 * 86_400) as UnixTime,
    cellDays: 8,
    cells: [[0, '']],
  },
  Ranges: { type: 'Ranges', round: 1, items: [], more: false },
  Want: { type: 'Want', round: 1, shortIds: [] },
  Records: { type: 'Records', round: 1, blobs: [] },
  Credit: { type: 'Credit', round: 1, totalBytes: 0 },
  Fin: { type: 'Fin', round: 1, count: 0, digest: DIGEST },
  Announce: { type: 'Announce', prefixes: [PREFIX] },
  Pull: { type: 'Pull', prefixes: [PREFIX] },
  Sketch: {
    type: 'Sketch',
    round: 1,
    firstDay: 20_000,
    upto: (20_001 * 86_400) as UnixTime,
    count: 0,
    symbols: new Uint8Array(13),
  },
  More: { type: 'More', round: 1, symbols: 0 },
  Lacking: { type: 'Lacking', round: 1, shortIds: [] },
  Declining: { type: 'Declining', shortIds: [] },
  Fetch: { type: 'Fetch', createdAt: START, prefixes: [PREFIX] },
  Seek: { type: 'Seek' },
  Neighbours: { type: 'Neighbours', peers: new Uint8Array() },
  Introduce: { type: 'Introduce', to: '61'.repeat(20), source: '62'.repeat(20), sealed: new Uint8Array() },
  Light: { type: 'Light', contentFrom: START },
  Named: { type: 'Named', round: 1, names: new Uint8Array() },
  BlobAsk: { type: 'BlobAsk', root: '72'.repeat(32) },
  BlobHave: { type: 'BlobHave', root: '72'.repeat(32), pieces: new Uint8Array() },
  BlobWant: { type: 'BlobWant', root: '72'.repeat(32), first: 0, count: 1 },
  BlobPart: { type: 'BlobPart', root: '72'.repeat(32), piece: 0, proof: new Uint8Array(), data: new Uint8Array() },
  BlobAbsent: { type: 'BlobAbsent', root: '72'.repeat(32), first: 0, count: 1 },
  Unknown: { type: 'Unknown', number: 72 },
}
