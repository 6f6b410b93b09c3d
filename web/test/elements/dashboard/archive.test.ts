import { expect, test } from 'vitest'
import type { Record } from '../../../src/core/record.ts'
import {
  BATCH_RECORDS,
  bring,
  type Fault,
  fileOf,
  LINE_CHARACTERS_MAX,
  readRecords,
} from '../../../src/elements/dashboard/archive.ts'
import { meet, written } from './lobby.ts'

const records = Array.from({ length: BATCH_RECORDS + 3 }, (_, number) => written(`line ${number}\nand more`, number))

async function read(file: Blob): Promise<{ found: Record[]; faults: Fault[] }> {
  const faults: Fault[] = []
  const found: Record[] = []
  for await (const record of readRecords(file, fault => faults.push(fault))) found.push(record)
  return { found, faults }
}

test('what was written to a file is read from it again', async () => {
  const { found, faults } = await read(fileOf(records.slice(0, 5)))
  expect([found, faults]).toEqual([records.slice(0, 5), []])
})

test('a bad line is told by its number, and loses nothing else', async () => {
  const [good] = (await fileOf(records.slice(0, 1)).text()).split('\n')
  const lines = ['', 'no json', good, '{"id": 1}', 'x'.repeat(LINE_CHARACTERS_MAX * 3), good]
  const { found, faults } = await read(new Blob([lines.join('\r\n')]))
  expect(found).toHaveLength(2)
  expect(faults.map(({ line }) => line)).toEqual([2, 4, 5])
  expect(faults.map(({ reason }) => reason)).toEqual([
    'the line is not JSON',
    expect.stringContaining('an event is an object'),
    'the line is too long for a record',
  ])
})

test('records are brought in by batches, and the new ones counted', async () => {
  const [room] = await meet(1)
  const steps: number[] = []
  const bringing = {
    onProgress: ({ done }: { done: number }) => steps.push(done),
    signal: new AbortController().signal,
  }
  expect(await bring(room as never, records, bringing)).toEqual({ done: records.length, fresh: records.length })
  expect(steps).toEqual([BATCH_RECORDS, records.length])
  expect(await bring(room as never, records.slice(0, 2), bringing)).toEqual({ done: 2, fresh: 0 })
  await room?.leave()
})

test('bringing in can be stopped', async () => {
  const [room] = await meet(1)
  const stopping = new AbortController()
  function* endless(): Generator<Record> {
    for (let number = 0; ; number += 1) {
      if (number === 2) stopping.abort()
      yield written(`endless ${number}`)
    }
  }
  expect(await bring(room as never, endless(), { onProgress: () => {}, signal: stopping.signal })).toEqual({
    done: 2,
    fresh: 2,
  })
  await room?.leave()
})
