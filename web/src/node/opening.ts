/** Open a store in a file of SQLite. */

import type { Store } from '../ports.ts'
import { installed } from './installed.ts'

/**
 * Open the store in the file *path*, which is made when it is missing; for one process at a time.
 *
 * Refused with a ConfigError when the package node-sqlite3-wasm is not installed, and with a StoreError when the file
 * cannot be opened.
 */
export async function openSQLite(path: string): Promise<Store> {
  const driver = await installed('node-sqlite3-wasm', import('node-sqlite3-wasm'))
  const { SQLiteStore } = await import('./sqlite.ts')
  return SQLiteStore.open(path, driver.default)
}
