/** The SHA-256 fingerprints of the certificates at the two ends of a channel (RFC 8122), by which it is bound. */

import { sha256 } from '@noble/hashes/sha2.js'
import type { ChannelBinding } from '../core/signal.ts'

const FINGERPRINT = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})\s*$/gim

/**
 * Give the fingerprints of *connection*'s two certificates; null when one cannot be told.
 *
 * The remote one is computed from the certificate that DTLS verified, where it is shown: a description may
 * name several fingerprints, of which a browser checks one, and a tracker in between could lie about the others.
 */
export function bindingOf(connection: RTCPeerConnection): ChannelBinding | null {
  const local = fingerprintOf(connection.localDescription?.sdp ?? '')
  const certificate = connection.sctp?.transport.getRemoteCertificates?.()[0]
  const shown = fingerprintOf(connection.remoteDescription?.sdp ?? '')
  // Of an empty one, as node-datachannel gives, nothing is seen.
  const remote = certificate?.byteLength ? sha256(new Uint8Array(certificate)) : shown
  return local === null || remote === null ? null : { local, remote }
}

/** Give the 32 bytes of the one SHA-256 fingerprint that *sdp* names; null when it names none, or two that differ. */
export function fingerprintOf(sdp: string): Uint8Array | null {
  const found = new Set(Array.from(sdp.matchAll(FINGERPRINT), match => (match[1] ?? '').toLowerCase()))
  const [only] = found
  if (found.size !== 1 || only === undefined) return null
  return Uint8Array.from(only.split(':'), pair => Number.parseInt(pair, 16))
}
