/** What a page downloads for us, and how much it may be. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Rolldown } from 'vite'
import { bundle, DIST, dependencies, ENTRIES, LAZY_FILES } from './layout.ts'
import { measured, type Size } from './size.ts'

/**
 * The gzipped bytes there may be of our own code: of the library, of it with all that a first join loads, of the elements
 * beyond the library and with lit, and of collections.
 */
const BUDGET_BYTES = { library: 20_000, joined: 94_000, elements: 60_000, collections: 20_400 }

/** What a join of a page that keeps its records loads beside the library, before anybody is met. */
const FIRST_JOIN = ['beginning.js', 'budget.js', 'kept.js', 'lasting.js', 'outset.js', 'trystero.js']

/** What a page that keeps its records loads beyond that when it declares a collection. */
const COLLECTIONS = ['collections.js', 'shelved.js']

/** Measure what we publish. */
export async function ownSizes(): Promise<Size[]> {
  const external = dependencies().filter(name => name !== 'lit')
  const chunks = await bundle({ input: ENTRIES, external, isDry: true })
  const code = (...names: string[]): string[] => [...withImports(names, chunks)].map(({ code }) => code)
  const trystero = await bundle({
    input: { trystero: fileURLToPath(import.meta.resolve('@trystero-p2p/core')) },
    isDry: true,
  })
  const whole = await bundle({ input: { whole: 'src/index.ts' }, isDry: true })
  const built = (name: string): Uint8Array => readFileSync(join(DIST, name))
  const library = code('peerset.js')
  const joined = code('peerset.js', ...FIRST_JOIN)
  return [
    { ...measured('headless library, our code', library), budget: BUDGET_BYTES.library },
    { ...measured('our code that a first join downloads', joined), budget: BUDGET_BYTES.joined },
    {
      ...measured(
        'both elements beyond it, with lit',
        code('element.js').filter(each => !library.includes(each)),
      ),
      budget: BUDGET_BYTES.elements,
    },
    {
      ...measured(
        'collections, once one is declared',
        code(...COLLECTIONS).filter(each => !joined.includes(each)),
      ),
      budget: BUDGET_BYTES.collections,
    },
    measured(
      'headless library, all a page needs',
      whole.map(({ code }) => code),
    ),
    measured('peerset.bundle.js, all a page needs', [built('peerset.bundle.js')]),
    measured(
      '  of which trystero',
      trystero.map(({ code }) => code),
    ),
    ...chunks.filter(({ isDynamicEntry }) => isDynamicEntry).map(lazy),
    ...Object.entries(LAZY_FILES).map(([name, when]) => measured(`${name}, ${when}`, [built(name)])),
  ]
}

/** Give the scripts of these names, with all that they import and so load at once. */
function withImports(names: readonly string[], chunks: readonly Rolldown.OutputChunk[]): Set<Rolldown.OutputChunk> {
  const found = new Set<Rolldown.OutputChunk>()
  const add = (name: string): void => {
    const chunk = chunks.find(({ fileName }) => fileName === name)
    if (chunk === undefined || found.has(chunk)) return
    found.add(chunk)
    for (const other of chunk.imports) add(other)
  }
  for (const name of names) add(name)
  return found
}

/** A script of ours that lies beside the library; in the bundle it is inside. */
function lazy({ fileName, code }: Rolldown.OutputChunk): Size {
  return measured(`${fileName}, once it is needed`, [code])
}
