/**
 * Shows what a page downloads for us: `npm run sizes`, after a build; `npm run sizes -- --beside` shows it beside GUN
 * and OrbitDB, and `--beside --helia` beside all that OrbitDB runs on. `--json` shows it to programs.
 */

import { others } from './beside.ts'
import { ownSizes } from './own.ts'
import { table } from './size.ts'

const asked = new Set(process.argv.slice(2))
const beside = asked.has('--beside') ? await others({ withHelia: asked.has('--helia') }) : []
const sizes = [...(await ownSizes()), ...beside]
console.log(asked.has('--json') ? JSON.stringify(sizes) : table(sizes))
