/** Records made to look at: texts of a few authors who never were, over some days. */

import { DAY_SECONDS, type UnixTime } from '../../core/clock.ts'
import { SecretKey } from '../../core/keys.ts'
import { KIND_RECORD, type Record, signRecord } from '../../core/record.ts'
import type { Rng } from '../../core/rng.ts'
import { type RoomName, roomTag } from '../../core/signal.ts'

/** So many can be made at once. */
export const SAMPLES_MAX = 10_000
const AUTHORS = 4
const COLLECTIONS = ['measurements', 'notes', 'places']
const SUBJECTS = [
  'The station at the harbour',
  'A buoy',
  'Our balloon',
  'The old weather mast',
  'Sensor 12',
  'The ferry',
]
const VERBS = ['reports', 'measured', 'sends', 'recorded']
const OBJECTS = ['a calm night', '4.2 °C', 'wind from the north-west', 'fog', 'a pressure of 1,013 hPa', 'no change']

/** What samples are made of. */
export interface Recipe {
  readonly room: RoomName
  readonly rng: Rng
  /** The latest time that one may carry. */
  readonly now: UnixTime
  /** Over so many days before *now* they are spread. */
  readonly days: number
}

/** Make samples one by one, each signed by one of a few keys that nobody keeps. */
export function* makeSamples(count: number, { room, rng, now, days }: Recipe): Generator<Record> {
  const tag = roomTag(room)
  const keys = Array.from({ length: AUTHORS }, () => SecretKey.generate(rng))
  const spread = Math.max(1, days * DAY_SECONDS - 1)
  for (let number = 1; number <= count; number += 1) {
    const [key] = rng.sample(keys, 1)
    const [collection = ''] = rng.sample(COLLECTIONS, 1)
    if (key === undefined) return
    const createdAt = Math.max(0, now - Math.floor(rng.uniform(0, spread))) as UnixTime
    const tags = [
      ['h', tag],
      ['c', collection],
    ]
    yield signRecord(key, { createdAt, kind: KIND_RECORD, tags, content: sentence(number, rng) })
  }
}

function sentence(number: number, rng: Rng): string {
  const words = [SUBJECTS, VERBS, OBJECTS].flatMap(list => rng.sample(list, 1))
  return `${words.join(' ')} (sample ${number})`
}
