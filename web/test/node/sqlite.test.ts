import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import driver from 'node-sqlite3-wasm'
import { afterAll, expect, test } from 'vitest'
import { makeFilter } from '../../src/core/filter.ts'
import { KIND_DELETION, KIND_KEYED, type Record, signRecord } from '../../src/core/record.ts'
import type { RoomTag } from '../../src/core/signal.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'
import { SQLiteStore } from '../../src/node/sqlite.ts'
import { checkStore } from '../adapters/checkStore.ts'
import { key, ROOM_TAG, START } from '../protocol/pair.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'peerset-sqlite-'))
let files = 0

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

const newPath = () => join(FOLDER, `${++files}.db`)
const open = (path: string) => SQLiteStore.open(path, driver)

function write(number: number, { kind = 1_078, tags = [] as string[][] } = {}): Record {
  const createdAt = (START + number) as typeof START
  return signRecord(key(1), { createdAt, kind, tags: [['h', ROOM_TAG], ...tags], content: `number ${number}` })
}

test('a store in a file keeps the contract of stores', async () => {
  await checkStore(async () => await open(newPath()))
})

test('the next process finds all that the last one left', async () => {
  const path = newPath()
  const first = await open(path)
  await first.bind(ROOM_TAG as RoomTag)
  const document = write(1, {
    kind: KIND_KEYED,
    tags: [
      ['c', 'notes'],
      ['d', 'one'],
    ],
  })
  const [plain, purged, removed, deletion] = [
    write(2),
    write(3),
    write(4),
    write(5, { kind: KIND_DELETION, tags: [['e', '0'.repeat(64)]] }),
  ]
  await first.add([document, plain, purged, removed, deletion])
  await first.add([], { removed: [removed.id] })
  await first.purge([document.id, purged.id, deletion.id])
  await first.refuse([[START, removed.id]], 'rules')
  await first.note('bans', 'ab', 'forever')
  await first.note('bans', 'cd', 'gone')
  await first.note('bans', 'cd', null)
  const all = async (store: SQLiteStore) => [
    await store.entries(),
    await store.query(makeFilter({})),
    await store.named([document.id, purged.id]),
    await store.versions(),
    await store.deleters(),
    await store.refused('rules'),
    await store.notes('bans'),
    await store.weight(),
    await store.sums(),
  ]
  const before = await all(first)
  await first.close()
  const second = await open(path)
  expect(await all(second)).toEqual(before)
  await expect(second.bind('00'.repeat(16) as RoomTag)).rejects.toThrow(ConfigError)
  await second.fill([purged])
  await second.expire((START + 2) as typeof START)
  await second.close()
  const third = await open(path)
  expect((await third.query(makeFilter({}))).map(({ id }) => id)).toEqual([deletion.id, purged.id, plain.id])
  await third.close()
})

test('what is purged is in the file no more', async () => {
  const { readFileSync } = await import('node:fs')
  const path = newPath()
  const store = await open(path)
  const record = write(6)
  await store.add([record])
  expect(readFileSync(path).includes('number 6')).toBe(true)
  await store.purge([record.id])
  await store.close()
  expect(readFileSync(path).includes('number 6')).toBe(false)
})

test('a file is open once, and one that is none of ours is left alone', async () => {
  const path = newPath()
  const store = await open(path)
  await expect(open(path)).rejects.toThrow(`the store ${path} is open already, in the process ${process.pid}`)
  await store.close()
  const db = new driver.Database(path)
  db.exec('PRAGMA user_version = 7')
  db.close()
  await expect(open(path)).rejects.toThrow('is no file of this version of peerset')
  const other = newPath()
  writeFileSync(other, 'this is no database, and longer than a header of one would have to be to look like one')
  await expect(open(other)).rejects.toThrow(StoreError)
  await expect(open(join(FOLDER, 'nowhere', 'x.db'))).rejects.toThrow(StoreError)
})

test('what cannot be written is nowhere', async () => {
  const path = newPath()
  const store = await open(path)
  const db = (record: Record) => ({ ...record, wire: 'no bytes' as never, createdAt: {} as never })
  await expect(store.add([write(7), db(write(8))])).rejects.toThrow(StoreError)
  expect(await store.entries()).toEqual([])
  await store.close()
  await expect(store.note('bans', 'ab', 'x')).rejects.toThrow(StoreError)
})
