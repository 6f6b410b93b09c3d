/** Verbs of the Python package, run beside a test. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The interpreter that has the package installed; `make` puts it there. */
const PYTHON = process.env.PEERSET_PYTHON ?? fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url))

/** A verb while it runs. */
export interface Verb {
  /** Give the first line of its output, or of its remarks, that *pattern* matches, from the next unread one on. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  /** Interrupt it, and wait for its end. */
  end(): Promise<void>
}

/** Run `peerset` with these *words*. */
export function peerset(...words: readonly string[]): Verb {
  const child = spawn(PYTHON, ['-m', 'peerset', ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines = new Lines(child)
  return {
    line: pattern => lines.next(pattern),
    end: () => {
      child.kill('SIGINT')
      return lines.ended
    },
  }
}

/** Start a tracker; give its address and what ends it. */
export async function startTracker(): Promise<{ readonly url: string; readonly verb: Verb }> {
  const verb = peerset('tracker', '--port', '0')
  const [url] = await verb.line(/^ws:\S+/)
  return { url, verb }
}

/** Keeps what a process says until it is asked for. */
class Lines {
  readonly ended: Promise<void>
  readonly #said: string[] = []
  #read = 0
  #isOver = false
  #wake: () => void = () => {}

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', line => {
        this.#said.push(line)
        this.#wake()
      })
    }
    this.ended = new Promise(resolve => {
      child.on('error', error => this.#over(String(error), resolve))
      child.on('close', code => this.#over(`it ended with ${code}`, resolve))
    })
  }

  async next(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      while (this.#read < this.#said.length) {
        const found = pattern.exec(this.#said[this.#read++] ?? '')
        if (found !== null) return found
      }
      if (this.#isOver) throw new Error(`nothing like ${pattern} was said:\n${this.#said.join('\n')}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  #over(reason: string, resolve: () => void): void {
    this.#said.push(reason)
    this.#isOver = true
    this.#wake()
    resolve()
  }
}
