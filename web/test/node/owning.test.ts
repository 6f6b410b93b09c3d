import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { own } from '../../src/node/owning.ts'

const FOLDER = mkdtempSync(join(tmpdir(), 'peerset-owning-'))

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

test('a file is of one process, until that lets it go', () => {
  const path = join(FOLDER, 'a.db')
  const first = own(path)
  expect(() => own(path)).toThrow(`is open already, in the process ${process.pid}`)
  first.end()
  const second = own(path)
  first.end()
  expect(readFileSync(`${path}.owner`, 'utf8')).toBe(String(process.pid))
  second.end()
  expect(existsSync(`${path}.owner`)).toBe(false)
})

test('what a process left that is gone is cleared away, with its lock', () => {
  const path = join(FOLDER, 'b.db')
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(`${path}.owner`, String(pid))
  mkdirSync(`${path}.lock`)
  own(path).end()
  expect([existsSync(`${path}.owner`), existsSync(`${path}.lock`)]).toEqual([false, false])
  writeFileSync(`${path}.owner`, 'nonsense')
  own(path).end()
})

test('one of another process that lives is not touched', () => {
  const path = join(FOLDER, 'c.db')
  writeFileSync(`${path}.owner`, String(process.ppid))
  expect(() => own(path)).toThrow(`is open already, in the process ${process.ppid}`)
})

test('where nothing can be written nothing is owned', () => {
  expect(() => own(join(FOLDER, 'nowhere', 'd.db'))).toThrow(StoreError)
})
