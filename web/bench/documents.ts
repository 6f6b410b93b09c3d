/**
 * Prints what documents cost in Chromium, a JSON array of what, figure and unit a line: `npx tsx bench/documents.ts`.
 *
 * Dexie is fetched from its registry into a temporary folder; where that cannot be, its rows are left out.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle, launch, open, serve, withPage } from '../test/browser/chromium.ts'

interface Result {
  readonly what: string
  readonly figure: number
  readonly unit: string
}

const DEXIE = 'dexie@4.2.1'
const COUNT = Number(process.argv[2] ?? 100_000)
const QUERIES = 1_000

const site = await serve(withPage(await bundle('../../bench/documents.page.ts')))
const context = await launch()
try {
  const page = await open(context, site)
  const run = async (command: string, argument: object) => {
    const results = (await page.evaluate(`commands.${command}(${JSON.stringify(argument)})`)) as Result[]
    for (const { what, figure, unit } of results) process.stdout.write(`${JSON.stringify([what, figure, unit])}\n`)
  }
  await run('ours', { count: COUNT })
  await run('live', { queries: QUERIES })
  await run('bare', { count: COUNT })
  const script = dexie()
  if (script !== null) {
    await page.addScriptTag({ content: script })
    await run('dexie', { count: COUNT })
  }
} finally {
  await context.close()
  await site.close()
}

/** Give Dexie's own script; null where it cannot be had. */
function dexie(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'peerset-dexie-'))
  try {
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--no-save']
    execFileSync('npm', ['install', ...flags, DEXIE], { cwd: folder, stdio: 'ignore', timeout: 60_000 })
    return readFileSync(join(folder, 'node_modules/dexie/dist/dexie.min.js'), 'utf8')
  } catch {
    return null
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
