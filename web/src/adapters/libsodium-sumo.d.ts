/** What we call of libsodium.js, which has no declarations of its own; numbers are places in its memory, and sizes. */
declare module 'libsodium-sumo' {
  export interface Sodium {
    /** Its memory; another view of it once it grew. */
    readonly HEAPU8: Uint8Array
    _sodium_init(): number
    /** Give a place of so many bytes; 0 where there is none. */
    _malloc(size: number): number
    /** Give 0, or another number where it failed. */
    _crypto_pwhash(...numbers: number[]): number
  }

  export default function start(options: { getRandomValue(): number }): Promise<Sodium>
}
