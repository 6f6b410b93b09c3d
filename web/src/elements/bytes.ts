/** How the elements write numbers of bytes. */

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB']

/** Write a number of bytes in the unit that leaves at most three digits before the point. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  const value = bytes / 1_000 ** unit
  return `${unit === 0 || value >= 100 ? Math.floor(value) : (Math.floor(value * 10) / 10).toFixed(1)} ${BYTE_UNITS[unit]}`
}
