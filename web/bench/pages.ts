/** The benchmarks' page in a headless Chromium. */

import { bundle, launch, open, serve, withPage } from '../test/browser/chromium.ts'

type Run = (command: string, argument?: unknown) => Promise<unknown>

/** Do *work* with what runs the commands of `page.ts`. */
export async function inChromium(work: (run: Run) => Promise<void>): Promise<void> {
  const site = await serve(withPage(await bundle('../../bench/page.ts')))
  const context = await launch()
  try {
    const page = await open(context, site)
    await work((command, argument) =>
      page.evaluate(`commands[${JSON.stringify(command)}](${JSON.stringify(argument)})`),
    )
  } finally {
    await context.close()
    await site.close()
  }
}
