import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { BATCH_DOCUMENTS_MAX } from '../../src/core/limits.ts'
import { KIND_COMMIT, type RecordId, signRecord } from '../../src/core/record.ts'
import { commitContent, readCommit } from '../../src/documents/commit.ts'
import { ANN } from '../adapters/placeSamples.ts'
import { NOON } from '../adapters/samples.ts'
import { batches } from '../batches.ts'

test.each(batches.commits)('the commit $record.content is read as everywhere', ({ record, read }) => {
  const found = readCommit(record)
  expect(found === null ? null : { nonce: found.nonce, ids: [...found.ids].sort() }).toEqual(read)
})

test('a batch has a limit', () => {
  const idOf = (number: number) => number.toString(16).padStart(64, '0') as RecordId
  const ids = Array.from({ length: BATCH_DOCUMENTS_MAX + 1 }, (_, number) => idOf(number))
  const read = (some: readonly RecordId[]) => {
    const said = { createdAt: NOON as UnixTime, kind: KIND_COMMIT, tags: [['batch', 'ab'.repeat(16)]] }
    return readCommit(signRecord(ANN, { ...said, content: commitContent(some) }))
  }
  expect(read(ids.slice(1))?.ids).toEqual(ids.slice(1))
  expect(read(ids)).toBeNull()
})
