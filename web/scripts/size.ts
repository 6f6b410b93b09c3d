/** Sizes of scripts: how they are measured, bounded and shown. */

import { constants, gzipSync } from 'node:zlib'

/** How large something is, in bytes. */
export interface Size {
  readonly what: string
  readonly minified: number
  readonly gzipped: number
  /** How many gzipped bytes there may be. */
  readonly budget?: number
}

/** Say what is past its budget. */
export function overBudget(sizes: readonly Size[]): string[] {
  return sizes.flatMap(({ what, gzipped, budget = Infinity }) =>
    gzipped > budget ? [`${what}: ${gzipped} bytes gzipped, ${gzipped - budget} more than the budget`] : [],
  )
}

/** Write *sizes* for people, in kB of 1000 bytes. */
export function table(sizes: readonly Size[]): string {
  const width = Math.max(...sizes.map(({ what }) => what.length))
  const lines = sizes.map(({ what, minified, gzipped, budget }) => {
    const bound = budget === undefined ? '' : `  of ${kilobytes(budget)}`
    return `  ${what.padEnd(width)}  ${kilobytes(minified)}  ${kilobytes(gzipped)}${bound}`
  })
  return [`  ${'kB'.padEnd(width)}  ${'minified'.padStart(9)}  ${'gzipped'.padStart(9)}`, ...lines].join('\n')
}

/** Give the size of *files* together, each gzipped by itself. */
export function measured(what: string, files: readonly (string | Uint8Array)[]): Size {
  const bytes = files.map(file => Buffer.from(file))
  const gzipped = bytes.map(file => gzipSync(file, { level: constants.Z_BEST_COMPRESSION }).length)
  return { what, minified: sum(bytes.map(file => file.length)), gzipped: sum(gzipped) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1).padStart(9)
}
