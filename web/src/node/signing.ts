/** Signers elsewhere, for programs: the key by which one knows a program again is kept in a file. */

import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { systemRng } from '../adapters/system.ts'
import { SecretKey } from '../core/keys.ts'
import { ConfigError } from '../errors.ts'
import {
  type BunkerOptions,
  bunkerSigner as bunkerAnywhere,
  type InvitedOptions,
  invitedSigner as invitedAnywhere,
  type RemoteSigner,
} from '../identity/signers.ts'
import { socketClass } from './joining.ts'

/** Where a program keeps the key of its own, by which a signer knows it again. */
interface Kept {
  /** A file, which is made where there is none, for its owner alone to read; without it, each run asks anew. */
  readonly keyFile?: string | undefined
}

/** How to be a client of a signer elsewhere. */
export type NodeBunkerOptions = BunkerOptions & Kept

/** How to have a signer come to us. */
export type NodeInvitedOptions = InvitedOptions & Kept

/** Connect to the signer at *address*, as `bunkerSigner` of `peerset` does; refused as that is, or when the file holds no key. */
export async function bunkerSigner(address: string, options: NodeBunkerOptions = {}): Promise<RemoteSigner> {
  return await bunkerAnywhere(address, await withKey(options))
}

/** Wait on *relays* for a signer to come, as `invitedSigner` of `peerset` does; refused as that is, or when the file holds no key. */
export async function invitedSigner(
  relays: string | readonly string[],
  options: NodeInvitedOptions,
): Promise<RemoteSigner> {
  return await invitedAnywhere(relays, await withKey(options))
}

async function withKey<Options extends NodeBunkerOptions>({ keyFile, ...options }: Options) {
  const key = options.key ?? (keyFile === undefined ? undefined : await keyIn(keyFile))
  return { ...options, key, WebSocket: options.WebSocket ?? (await socketClass()) }
}

/** Give the key in the file *path*, as nsec text; one that is drawn now where there is no file. */
async function keyIn(path: string): Promise<SecretKey> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return null
    throw new ConfigError(`the key file ${path} cannot be read: ${error.message}`, { cause: error })
  })
  if (text === null) return await draw(path)
  try {
    return SecretKey.fromNsec(text.trim())
  } catch {
    throw new ConfigError(`the key file ${path} holds no nsec text`)
  }
}

/** Draw a key and keep it; of two programs that do so at once, both go on with that of the first. */
async function draw(path: string): Promise<SecretKey> {
  const key = SecretKey.generate(systemRng())
  const whole = `${path}.${randomBytes(8).toString('hex')}`
  try {
    await writeFile(whole, `${key.toNsec()}\n`, { flag: 'wx', mode: 0o600 })
    // It is there whole or not at all.
    await link(whole, path)
    return key
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return await keyIn(path)
    throw new ConfigError(`the key file ${path} cannot be written: ${message}`, { cause: error })
  } finally {
    await rm(whole, { force: true })
  }
}
