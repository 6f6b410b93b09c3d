/**
 * Passkeys that open the vault (WebAuthn, level 3): what one works out of a salt (its extension `prf`) seals the key.
 *
 * That secret goes through HKDF-SHA-256 to a key for AES-256-GCM, with the public key as associated data. It is worked
 * out in the device that holds the passkey, once that has checked who uses it. Nobody's server is asked, so that no
 * signature is looked at. Loaded once a passkey is used.
 */

import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { npub, type PublicKey, SecretKey } from '../core/keys.ts'
import type { Rng } from '../core/rng.ts'
import { ConfigError } from '../errors.ts'

/** A key as a passkey seals it. */
export interface Wrapped {
  /** Which passkey it is, as the device that holds it says, and how that is reached. */
  readonly credential: Bytes
  readonly transports: readonly string[]
  /** 32 bytes, of which the passkey works out its secret. */
  readonly salt: Bytes
  /** 12 bytes. */
  readonly nonce: Bytes
  readonly sealed: Bytes
}

/** Which passkey, and what it works its secret out of. */
type Place = Pick<Wrapped, 'credential' | 'transports' | 'salt'>
type Bytes = Uint8Array<ArrayBuffer>

const CHALLENGE_BYTES = 32
const USER_BYTES = 16
const SALT_BYTES = 32
const NONCE_BYTES = 12
const DOMAIN = utf8ToBytes('peerset/passkey/1')
/** How long the visitor has to show who they are. */
const ANSWER_MS = 120_000
/** ES256, EdDSA and RS256, one of which every device knows. */
const ALGORITHMS = [-7, -8, -257]

/**
 * Make a passkey and seal *key* by it. The visitor is asked twice: to make it, and to try it.
 *
 * Refused with a ConfigError that says why where there are no passkeys, the visitor says no, or the passkey has no `prf`.
 */
export async function wrap(key: SecretKey, rng: Rng): Promise<Wrapped> {
  const made = await credentialOf(container => container.create({ publicKey: wanted(key.publicKey, rng) }))
  const response = made.response as AuthenticatorAttestationResponse
  const place = {
    credential: new Uint8Array(made.rawId),
    transports: response.getTransports?.() ?? [],
    salt: random(rng, SALT_BYTES),
  }
  const nonce = random(rng, NONCE_BYTES)
  const cipher = await tried(made, place, rng)
  const secret = Uint8Array.from(key.secret)
  const sealed = await crypto.subtle.encrypt(terms(key.publicKey, nonce), cipher, secret)
  return { ...place, nonce, sealed: new Uint8Array(sealed) }
}

/**
 * Ask for the passkey, and give the key of *owner* that it has sealed.
 *
 * Refused with a ConfigError that says why: as `wrap` is, or because what is here was sealed by another passkey.
 */
export async function unwrap(wrapped: Wrapped, owner: PublicKey, rng: Rng): Promise<SecretKey> {
  const cipher = await ask(wrapped, rng)
  const secret = await crypto.subtle.decrypt(terms(owner, wrapped.nonce), cipher, wrapped.sealed).catch(() => null)
  if (secret === null) throw new ConfigError('the passkey does not open this key: another one has sealed it')
  return new SecretKey(new Uint8Array(secret))
}

/** Try a passkey just made, which is to open something, or to be gone from its device. */
async function tried(made: PublicKeyCredential, place: Place, rng: Rng): Promise<CryptoKey> {
  try {
    if (made.getClientExtensionResults().prf?.enabled !== true) throw new ConfigError(WITHOUT_PRF)
    return await ask(place, rng)
  } catch (error) {
    await withdraw(made.id)
    throw error
  }
}

/** Have the passkey work out its secret, and make it a cipher's key. */
async function ask(place: Place, rng: Rng): Promise<CryptoKey> {
  const { credential: id, salt } = place
  const transports = place.transports as AuthenticatorTransport[]
  const given = await credentialOf(container =>
    container.get({
      publicKey: {
        challenge: random(rng, CHALLENGE_BYTES),
        allowCredentials: [{ type: 'public-key', id, transports }],
        userVerification: 'required',
        timeout: ANSWER_MS,
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )
  const secret = given.getClientExtensionResults().prf?.results?.first
  if (secret === undefined) throw new ConfigError(WITHOUT_PRF)
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: DOMAIN }
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** What a new passkey has to be. Its user has another name for each: none takes the place of an older one. */
function wanted(owner: PublicKey, rng: Rng): PublicKeyCredentialCreationOptions {
  const name = `${npub(owner).slice(0, 12)}…`
  return {
    rp: { name: location.hostname },
    user: { id: random(rng, USER_BYTES), name, displayName: name },
    challenge: random(rng, CHALLENGE_BYTES),
    pubKeyCredParams: ALGORITHMS.map(alg => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    timeout: ANSWER_MS,
    extensions: { prf: {} },
  }
}

/** Ask the browser for a passkey; throws ConfigError with what hindered it. */
async function credentialOf(
  request: (container: CredentialsContainer) => Promise<Credential | null>,
): Promise<PublicKeyCredential> {
  const { navigator, isSecureContext, PublicKeyCredential } = globalThis
  if (isSecureContext === false) throw new ConfigError('passkeys need a page by https, or of localhost')
  if (PublicKeyCredential === undefined) throw new ConfigError('this browser has no passkeys')
  try {
    const given = await request(navigator.credentials)
    if (given !== null) return given as PublicKeyCredential
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    throw new ConfigError(HINDRANCES[name] ?? `no passkey: ${String(error)}`, { cause: error })
  }
  throw new ConfigError('the browser gave no passkey')
}

const WITHOUT_PRF =
  'this passkey cannot keep a key: it, its device or this browser lacks the extension prf, which another may have; nothing was changed'

/** What a browser's refusal means; it does not tell a visitor who says no from a device without the passkey. */
const HINDRANCES: { readonly [name: string]: string } = {
  NotAllowedError: 'no passkey was given: it was cancelled, took too long, or is none of this device',
  SecurityError: 'passkeys are for a host with a name: open the page by https, or at localhost in place of 127.0.0.1',
  ConstraintError: 'this device keeps no passkeys, or none that ask who uses them',
  NotSupportedError: 'this device keeps no passkeys of a known kind',
}

/** Tell the device, where the browser can, that a passkey just made is of no use. */
async function withdraw(credentialId: string): Promise<void> {
  const { signalUnknownCredential } = PublicKeyCredential as Partial<typeof PublicKeyCredential>
  const rpId = location.hostname
  await signalUnknownCredential?.call(PublicKeyCredential, { rpId, credentialId }).catch(() => {})
}

function terms(owner: PublicKey, nonce: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: Uint8Array.from(hexToBytes(owner)) }
}

function random(rng: Rng, size: number): Bytes {
  return Uint8Array.from(rng.randomBytes(size))
}
