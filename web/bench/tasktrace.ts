/**
 * The processor time of the main threads' tasks, from Chromium's own trace.
 *
 * The W3C's long tasks are measured by the clock on the wall: on a busy machine they also show when the browser had to
 * wait for a processor.
 */

import type { BrowserContext, CDPSession, Page } from 'playwright-core'

/** One event of a trace (Trace Event Format); times are in microseconds. */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** The processor time, of an event that lasted. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const MAIN_THREAD = 'CrRendererMain'
const TASK = /RunTask$/

/** A trace of all pages of a browser, while it runs. */
export class TaskTrace {
  readonly #devtools: CDPSession
  readonly #events: TraceEvent[] = []

  private constructor(devtools: CDPSession) {
    this.#devtools = devtools
    // The protocol says no more of an event than that it is an object.
    devtools.on('Tracing.dataCollected', ({ value }) => this.#events.push(...(value as unknown as TraceEvent[])))
  }

  /** Begin, by way of *page*. */
  static async start(context: BrowserContext, page: Page): Promise<TaskTrace> {
    const trace = new TaskTrace(await context.newCDPSession(page))
    await trace.#devtools.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'] } })
    return trace
  }

  /** End; give the milliseconds of processor time of the longest task of any page's main thread. */
  async longest(): Promise<number> {
    const complete = new Promise<void>(resolve => this.#devtools.once('Tracing.tracingComplete', () => resolve()))
    await this.#devtools.send('Tracing.end')
    await complete
    await this.#devtools.detach()
    const named = this.#events.filter(({ name, args }) => name === 'thread_name' && args?.name === MAIN_THREAD)
    const mains = new Set(named.map(({ pid, tid }) => `${pid} ${tid}`))
    const tasks = this.#events.filter(({ name, pid, tid }) => TASK.test(name) && mains.has(`${pid} ${tid}`))
    return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur), 0) / 1_000
  }
}
