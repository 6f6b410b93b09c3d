/** Prints the milliseconds that stores take in Chromium: `npx tsx bench/store.ts`. */

import { inChromium } from './pages.ts'

await inChromium(async run => {
  for (const [what, milliseconds] of Object.entries((await run('store')) as { [what: string]: number })) {
    process.stdout.write(`${what.padEnd(32)}${milliseconds} ms\n`)
  }
})
