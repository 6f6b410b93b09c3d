import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { PATIENCE_MS } from './test/patience.ts'

const WEB = fileURLToPath(new URL('.', import.meta.url))
/** What nothing takes back for the next file: other modules, zod's globals, elements that are defined. */
const CHANGES_WORLD = /\bfrom 'zod'|\bvi\.(mock|doMock|resetModules)\b|\bcustomElements\b/
/** A database has globals of its own, which the setup of such files makes anew. */
const NEEDS_DATABASE = /\bfake-indexeddb/

/** Files that share a process, and what is prepared for each of them. */
type World = 'alone' | 'elements' | 'databases' | 'browser' | 'together'

/** Say in which world the test file at *path* with this *text* is. */
function worldOf(path: string, text: string): World {
  // They start browsers, and load nothing of what they test.
  if (path.startsWith('test/browser')) return 'browser'
  // A world of its own for each file is a process, which loads anew what is tested.
  if (CHANGES_WORLD.test(text) || /^test\/(published|manifest)\b/.test(path)) return 'alone'
  if (NEEDS_DATABASE.test(text)) return path.startsWith('test/elements') ? 'alone' : 'databases'
  // Lit makes a world of its own, which is one for all that is told of elements.
  return path.startsWith('test/elements') ? 'elements' : 'together'
}

/** Every test file, and its world. */
const files = readdirSync(`${WEB}test`, { recursive: true, encoding: 'utf-8' })
  .filter(path => path.endsWith('.test.ts'))
  .map(path => ({ path: `test/${path}`, world: worldOf(`test/${path}`, readFileSync(`${WEB}test/${path}`, 'utf-8')) }))

/** What runs the files of *name*, each after these *setupFiles*. */
function project(name: World, isolate: boolean, ...setupFiles: string[]): TestProjectConfiguration {
  const include = files.filter(({ world }) => world === name).map(({ path }) => path)
  return { extends: true, test: { name, include, isolate, setupFiles } }
}

export default defineConfig({
  test: {
    environment: 'node',
    // What is awaited comes at once, or on a busy machine later; only what never comes uses these up.
    testTimeout: 2 * PATIENCE_MS,
    hookTimeout: 2 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    // A slow machine is no failure either: no test may take part in another's time.
    maxWorkers: 2,
    projects: [
      project('browser', false),
      project('alone', true),
      project('databases', false, 'test/databases.ts', 'test/unchanged.ts'),
      project('elements', false),
      project('together', false, 'test/unchanged.ts'),
    ],
  },
})
