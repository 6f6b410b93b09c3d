/** A folder outside of the tree with the package as it would be published, installed from its archive. */

import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const WEB = fileURLToPath(new URL('../..', import.meta.url))
const QUIET = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
const run = promisify(execFile)

/** The examples that a bundler builds. */
export const BUILT_EXAMPLES = ['react', 'vue', 'svelte'] as const

/** The folder and what is done in it. */
export interface Workspace {
  readonly folder: string
  /** The installed package. */
  readonly installed: string
  /** Run a Node.js script in the part of the workspace called *part*; give what it prints. */
  node(part: string, ...words: readonly string[]): Promise<string>
  remove(): Promise<void>
}

/** Pack the package and install it, with the examples and a project that is only type-checked. */
export async function makeWorkspace(): Promise<Workspace> {
  await access(join(WEB, 'dist')).catch(() => {
    throw new Error('there is nothing to publish: run `npm run build` first (make test does)')
  })
  const folder = await mkdtemp(join(tmpdir(), 'peerset-published-'))
  const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', `--pack-destination=${folder}`], {
    cwd: WEB,
  })
  const archive = `file:${join(folder, nameIn(JSON.parse(stdout)))}`
  for (const name of BUILT_EXAMPLES) {
    await cp(join(WEB, 'examples', name), join(folder, name), { recursive: true })
    const path = join(folder, name, 'package.json')
    const description = await readFile(path, 'utf8')
    await writeFile(path, description.replace(/"peerset": "[^"]*"/, `"peerset": ${JSON.stringify(archive)}`))
  }
  await mkdir(join(folder, 'types'))
  const project = { name: 'types', private: true, type: 'module', dependencies: { peerset: archive } }
  await writeFile(join(folder, 'types', 'package.json'), JSON.stringify(project))
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, workspaces: [...BUILT_EXAMPLES, 'types'] }),
  )
  await run('npm', ['install', '--prefer-offline', ...QUIET], { cwd: folder })
  return {
    folder,
    installed: join(folder, 'node_modules', 'peerset'),
    node: async (part, ...words) => (await run(process.execPath, [...words], { cwd: join(folder, part) })).stdout,
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  }
}

/** Find the archive in what `npm pack` tells: a list of packages, or since npm 12 an object of them. */
function nameIn(packed: object): string {
  const [first] = Object.values(packed) as { readonly filename: string }[]
  if (first === undefined) throw new Error('npm packed nothing')
  return first.filename
}
