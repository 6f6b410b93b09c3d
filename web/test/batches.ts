/** The vectors of atomic batches: what commits say, and what of each set of records is seen. */

import vectors from '../../tests/vectors/batches.json'
import { type Record, recordOf } from '../src/core/record.ts'

/** Commits with what each says, records, and by sets of these, as binary numbers, what of them is seen. */
export const batches = {
  commits: vectors.commits.map(({ event, read }) => ({ record: recordOf(event), read })),
  records: vectors.events.map(event => recordOf(event)) as readonly Record[],
  seen: vectors.seen as readonly number[],
}
