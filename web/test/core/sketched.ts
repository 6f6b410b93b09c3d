/** What tests/vectors/sketch.json speaks of: records by number, and sets of them. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import vectors from '../../../tests/vectors/sketch.json' with { type: 'json' }
import type { Entry } from '../../src/core/block.ts'
import type { RecordId } from '../../src/core/record.ts'

/** Give record *number*, created within *spread* seconds. */
export function numbered(number: number, spread: number): Entry {
  const id = sha256(utf8ToBytes(`record ${number}`))
  const age = new DataView(id.buffer, id.byteOffset).getUint32(28) % spread
  return [vectors.start - 10 - age, bytesToHex(id) as RecordId]
}

/** Give the records of these numbers, from each first one to before each last. */
export function entriesOf(numbers: readonly (readonly number[])[], spread: number): Entry[] {
  return numbers.flatMap(([first = 0, stop = 0]) =>
    Array.from({ length: stop - first }, (_, at) => numbered(first + at, spread)),
  )
}
