/** Notes that hold JSON objects: what is read back was written by who knows whom. */

/** What a note holds, by name. */
export interface Row {
  readonly [name: string]: unknown
}

/** Read the JSON object in *text*; null when there is none. */
export function readRow(text: string): Row | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Row) : null
  } catch {
    return null
  }
}

/** The notes of what is hidden from readers here. */
export const QUARANTINE = 'quarantine'
export const RELEASED = 'released'
export const MUTED = 'muted'
/** The notes that name what the user destroyed here, and is never fetched again. */
export const PURGED = 'purged'
/** The notes that name who wrote from here, whose records are given up for nothing. */
export const OWN = 'own'
/** The notes of what is held against peers. */
export const STRIKES = 'strikes'
