/**
 * Pages of `swarm.page.ts` in a headless Chromium, driven by lines of JSON: `npx tsx bench/swarm.ts`.
 *
 * In: {"id", "page", "command", "argument"}. Out: {"id", "value"} or {"id", "error"}. A page is opened, on an origin of
 * its own, when it is first named; the commands "close", "reload", "heap", "processor", "trace" and "longest" are answered
 * here, the others by the page. All ends with the standard input.
 */

import { createInterface } from 'node:readline'
import type { BrowserContext, Page } from 'playwright-core'
import { bundle, type Files, launch, open, type Site, serve, withPage } from '../test/browser/chromium.ts'
import { TaskTrace } from './tasktrace.ts'

interface Line {
  readonly id: number
  readonly page: string
  readonly command: string
  readonly argument?: unknown
}

interface Tab {
  readonly page: Page
  readonly site: Site
  trace: TaskTrace | null
}

/** A container may have no other interface, and then no names of the local network either. */
const FLAGS = ['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns']

const files = withPage(await bundle('../../bench/swarm.page.ts'))
const context = await launch(FLAGS)
const tabs = new Map<string, Promise<Tab>>()
for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line))
await context.close()
process.exit(0)

async function answer({ id, page: name, command, argument }: Line): Promise<void> {
  const opening = tabs.get(name) ?? openTab(context, files)
  tabs.set(name, opening)
  try {
    tell({ id, value: (await run(name, await opening, command, argument)) ?? null })
  } catch (error) {
    tell({ id, error: String(error) })
  }
}

async function openTab(browser: BrowserContext, given: Files): Promise<Tab> {
  const site = await serve(given)
  return { page: await open(browser, site), site, trace: null }
}

async function run(name: string, tab: Tab, command: string, argument: unknown): Promise<unknown> {
  const { page, site } = tab
  switch (command) {
    case 'close':
      tabs.delete(name)
      await page.close()
      return site.close()
    case 'reload':
      await page.reload()
      await page.waitForFunction(() => 'commands' in globalThis)
      return null
    case 'heap':
      return await heapOf(page)
    case 'processor':
      return await processorSeconds()
    case 'trace':
      tab.trace = await TaskTrace.start(context, page)
      return null
    case 'longest':
      return await tab.trace?.longest()
    default:
      return await page.evaluate(`commands[${JSON.stringify(command)}](${JSON.stringify(argument ?? {})})`)
  }
}

/** Give the bytes of the page's JavaScript heap, as it is and without what nobody needs any more. */
async function heapOf(page: Page): Promise<{ used: number; live: number }> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('Performance.enable')
  const used = await usedHeap(devtools)
  await devtools.send('HeapProfiler.collectGarbage')
  const live = await usedHeap(devtools)
  await devtools.detach()
  return { used, live }
}

async function usedHeap(devtools: Awaited<ReturnType<BrowserContext['newCDPSession']>>): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0
}

/** Give the processor time that all processes of the browser have taken by now, in seconds. */
async function processorSeconds(): Promise<number> {
  const devtools = await context.browser()?.newBrowserCDPSession()
  const { processInfo = [] } = (await devtools?.send('SystemInfo.getProcessInfo')) ?? {}
  await devtools?.detach()
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
