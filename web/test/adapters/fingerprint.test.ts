import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { bindingOf, fingerprintOf } from '../../src/adapters/fingerprint.ts'

const line = (byte: number, algorithm = 'sha-256', length = 32) =>
  `a=fingerprint:${algorithm} ${Array.from({ length }, () => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')}\r\n`

function connection(local: string, remote: string, certificate?: Uint8Array): RTCPeerConnection {
  const certificates = certificate === undefined ? [] : [certificate.buffer]
  const transport = { getRemoteCertificates: () => certificates }
  return { localDescription: { sdp: local }, remoteDescription: { sdp: remote }, sctp: { transport } } as never
}

test('the one SHA-256 fingerprint of a description is read, repeated or not', () => {
  expect(fingerprintOf(`v=0\r\n${line(0xab)}${line(0xab)}${line(1, 'sha-384', 48)}`)).toEqual(
    new Uint8Array(32).fill(0xab),
  )
})

test('none, two that differ, or one of another length are none', () => {
  expect(['', line(1) + line(2), line(1, 'sha-256', 31), line(1, 'sha-512', 64)].map(fingerprintOf)).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test('the certificate that DTLS verified counts more than what the description says', () => {
  const certificate = new Uint8Array([1, 2, 3])
  const binding = bindingOf(connection(line(1), line(2), certificate))
  expect(binding).toEqual({ local: new Uint8Array(32).fill(1), remote: sha256(certificate) })
})

test('a stack that shows no certificate leaves the description, and without one there is no binding', () => {
  expect(bindingOf(connection(line(1), line(2), new Uint8Array()))?.remote).toEqual(new Uint8Array(32).fill(2))
  expect(bindingOf(connection(line(1), line(2)))?.remote).toEqual(new Uint8Array(32).fill(2))
  expect(bindingOf(connection(line(1), ''))).toBeNull()
  expect(bindingOf(connection('', line(1)))).toBeNull()
})
