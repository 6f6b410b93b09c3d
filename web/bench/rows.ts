/** The rows in which the benches that tests/bench/bench_round.py starts tell what they measured. */

import { writeSync } from 'node:fs'

export type Row = [name: string, value: number, unit: string]

/** Print *rows*, a line of JSON each: at once, for they are read as they come. */
export function tell(rows: readonly Row[]): void {
  for (const row of rows) writeSync(1, `${JSON.stringify(row)}\n`)
}
