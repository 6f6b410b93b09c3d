import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { Connection } from '../../src/adapters/connection.ts'
import { eraseDatabase } from '../../src/adapters/database.ts'
import { ConfigError, StoreError } from '../../src/errors.ts'

const SECONDS = 10

test('work in one transaction is done, or undone when it fails', async () => {
  const connection = await Connection.open('work', SECONDS)
  const write = async (text: string, error: Error | null) =>
    connection.run('readwrite', async transaction => {
      await transaction.objectStore('meta').put(text, 'room')
      if (error !== null) throw error
    })
  const read = () => connection.run('readonly', transaction => transaction.objectStore('meta').get('room'))
  await write('first', null)
  await expect(write('second', new TypeError('odd'))).rejects.toThrow('the database work failed: odd')
  await expect(write('third', new ConfigError('mine'))).rejects.toThrow(ConfigError)
  expect(await read()).toBe('first')
  await connection.close()
})

test('what runs is finished before the connection closes, and nothing runs after', async () => {
  const connection = await Connection.open('end', SECONDS)
  const running = connection.run('readwrite', transaction => transaction.objectStore('meta').put('text', 'room'))
  await connection.close()
  await connection.close()
  expect(await running).toBe('room')
  await expect(connection.run('readonly', async () => {})).rejects.toThrow('the database end is closed')
})

test('a database that another tab deletes is lost, and says so', async () => {
  const connection = await Connection.open('lost', SECONDS)
  await eraseDatabase('lost')
  await expect(connection.run('readonly', async () => {})).rejects.toThrow(StoreError)
  expect(connection.name).toBe('lost')
})
