import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { PATIENCE_MS } from './test/patience.ts'

const WEB = fileURLToPath(new URL('.', import.meta.url))
/** What a file may leave behind for the next one: globals, as zod's, a clock that stands, other modules, elements. */
const CHANGES_WORLD =
  /\bfake-indexeddb|\bfrom 'zod'|\bglobalThis\b|\bvi\.(stub|use|mock|doMock|spyOn)|\bstandingClock\b|\bcustomElements\b/

/** Every test file that *are* chosen, by its path and text. */
function filesThat(are: (path: string, text: string) => boolean): string[] {
  const paths = readdirSync(`${WEB}test`, { recursive: true, encoding: 'utf-8' })
  const tests = paths.filter(path => path.endsWith('.test.ts')).map(path => `test/${path}`)
  return tests.filter(path => are(path, readFileSync(WEB + path, 'utf-8')))
}

/** A world of its own for each file is a process, which loads anew what is tested. */
function needsWorld(path: string, text: string): boolean {
  return CHANGES_WORLD.test(text) || /^test\/(browser|published|manifest)\b/.test(path)
}

/** Lit makes a world of its own, which is one for all that is told of elements. */
function needsLit(path: string): boolean {
  return path.startsWith('test/elements')
}

const projects: TestProjectConfiguration[] = [
  { extends: true, test: { name: 'alone', include: filesThat(needsWorld) } },
  {
    extends: true,
    test: {
      name: 'elements',
      include: filesThat((path, text) => !needsWorld(path, text) && needsLit(path)),
      isolate: false,
    },
  },
  {
    extends: true,
    test: {
      name: 'together',
      include: filesThat((path, text) => !needsWorld(path, text) && !needsLit(path)),
      isolate: false,
      setupFiles: ['test/unchanged.ts'],
    },
  },
]

export default defineConfig({
  test: {
    environment: 'node',
    // What is awaited comes at once, or on a busy machine later; only what never comes uses these up.
    testTimeout: 2 * PATIENCE_MS,
    hookTimeout: 2 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    // A slow machine is no failure either: no test may take part in another's time.
    maxWorkers: 2,
    projects,
  },
})
