/** The tasks that held the main thread for 50 ms and more, as the browser reports them (W3C Long Tasks). */

/** Collects them, from the moment it is made. */
export class LongTasks {
  #durations: number[] = []
  readonly #observer = new PerformanceObserver(list => this.#note(list.getEntries()))

  constructor() {
    this.#observer.observe({ type: 'longtask' })
  }

  /** Forget those so far. */
  reset(): void {
    this.take()
  }

  /** Give the milliseconds of each since the last call. */
  take(): number[] {
    this.#note(this.#observer.takeRecords())
    const durations = this.#durations
    this.#durations = []
    return durations
  }

  #note(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) this.#durations.push(entry.duration)
  }
}
