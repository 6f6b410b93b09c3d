/**
 * Where the files lie that a page loads beside this bundle, once it needs them.
 *
 * The build puts both next to the bundle. Bundlers know this way of naming a file and carry it along; ours must not,
 * hence its marks, which the build takes away again. Only functions: nothing is looked up at import.
 */

/** The script of the workers that check signatures: one module without imports. */
export function workerUrl(): URL {
  return new URL(/* @vite-ignore */ './verify-worker.js', import.meta.url)
}

/** The script of the worker that makes secrets of passphrases: one module without imports. */
export function deriveUrl(): URL {
  return new URL(/* @vite-ignore */ './derive-worker.js', import.meta.url)
}

/** libsodium as WebAssembly, in the script that starts it: one module without imports. */
export function libsodiumUrl(): URL {
  return new URL(/* @vite-ignore */ './libsodium.js', import.meta.url)
}

/** libsecp256k1 as WebAssembly. */
export function wasmUrl(): URL {
  return new URL(/* @vite-ignore */ './secp256k1.wasm', import.meta.url)
}
