/**
 * Which process has a file of SQLite open.
 *
 * node-sqlite3-wasm locks a file by a folder beside it, which a process that is killed leaves behind; so a file of ours
 * says whose that is.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { StoreError } from '../errors.ts'

/** That a file is ours. */
export interface Ownership {
  /** Let others have it; may be called twice. */
  readonly end: () => void
}

/** Take the file *path* for this process; throws a StoreError while another one has it, or another store of ours. */
export function own(path: string): Ownership {
  const mark = `${path}.owner`
  if (!claim(mark)) {
    const owner = Number(readOwner(mark))
    if (owner === process.pid || isAlive(owner)) {
      throw new StoreError(`the store ${path} is open already, in the process ${owner}`)
    }
    // Whoever had it is gone, and so is what it was about to do.
    rmSync(mark, { force: true })
    rmSync(`${path}.lock`, { recursive: true, force: true })
    if (!claim(mark)) throw new StoreError(`the store ${path} is being opened by another process`)
  }
  let isOurs = true
  const end = () => {
    if (isOurs) rmSync(mark, { force: true })
    isOurs = false
  }
  return { end }
}

/** Write that we have it; false when there is such a file. */
function claim(mark: string): boolean {
  try {
    writeFileSync(mark, String(process.pid), { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new StoreError(`${mark} cannot be written: ${String(cause)}`, { cause })
  }
}

function readOwner(mark: string): string {
  try {
    return readFileSync(mark, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
