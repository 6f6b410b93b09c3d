/** Records in files and out of them: one NIP-01 event a line, and into a room in slices that leave the page its turns. */

import { pause, SLICE_MILLISECONDS } from '../../adapters/turns.ts'
import { eventOf, type Record, recordOf } from '../../core/record.ts'
import { PeersetError } from '../../errors.ts'
import type { Room } from '../../room/room.ts'

/** A line longer than this is no record: 64 KiB, each character of it escaped, and some. */
export const LINE_CHARACTERS_MAX = 524_288
/** So many records are given to the room at once. */
export const BATCH_RECORDS = 256
/** So many faults of a file are told one by one. */
export const FAULTS_TOLD_MAX = 5

/** How far the work is. */
export interface Progress {
  /** Records brought to the room so far. */
  readonly done: number
  /** Of these, how many were new to it. */
  readonly fresh: number
}

/** What went wrong with one line of a file, counted from 1. */
export interface Fault {
  readonly line: number
  readonly reason: string
}

/** How to bring records in. */
export interface Bringing {
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** Bring *records* into *room*; what makes them may take its time, and is stopped for the page's turns. */
export async function bring(
  room: Room,
  records: Iterable<Record> | AsyncIterable<Record>,
  { onProgress, signal }: Bringing,
): Promise<Progress> {
  let progress: Progress = { done: 0, fresh: 0 }
  let batch: Record[] = []
  const give = async (): Promise<void> => {
    const some = batch
    batch = []
    const fresh = await room.add(some)
    progress = { done: progress.done + some.length, fresh: progress.fresh + fresh }
    onProgress(progress)
  }
  let end = performance.now() + SLICE_MILLISECONDS
  for await (const record of records) {
    if (signal.aborted) break
    batch.push(record)
    if (batch.length >= BATCH_RECORDS) await give()
    if (performance.now() < end) continue
    await pause()
    end = performance.now() + SLICE_MILLISECONDS
  }
  if (batch.length > 0) await give()
  return progress
}

/** Read the records of a file, one a line; empty lines are passed over, and bad ones told to *onFault*. */
export async function* readRecords(file: Blob, onFault: (fault: Fault) => void): AsyncGenerator<Record> {
  let number = 0
  for await (const line of linesOf(file)) {
    number += 1
    if (line.trim() === '') continue
    const record = readLine(line)
    if (typeof record === 'string') onFault({ line: number, reason: record })
    else yield record
  }
}

/** Write *records* as a file. */
export function fileOf(records: readonly Record[]): Blob {
  return new Blob(
    records.map(record => `${JSON.stringify(eventOf(record))}\n`),
    { type: 'application/x-ndjson' },
  )
}

/** Give the record that *line* holds, or why there is none. */
function readLine(line: string): Record | string {
  if (line.length > LINE_CHARACTERS_MAX) return 'the line is too long for a record'
  try {
    return recordOf(JSON.parse(line))
  } catch (error) {
    if (error instanceof SyntaxError) return 'the line is not JSON'
    if (error instanceof PeersetError) return error.message
    throw error
  }
}

/** Give the lines of *file*; of one that is too long, only as much as shows that it is. */
async function* linesOf(file: Blob): AsyncGenerator<string> {
  let rest = ''
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const [first = '', ...more] = read.value.split('\n')
    rest = (rest + first).slice(0, LINE_CHARACTERS_MAX + 1)
    for (const next of more) {
      yield rest
      rest = next
    }
  }
  yield rest
}
