/** Base64url (RFC 4648, section 5) without padding: bytes as they stand in tokens and links. */

/** Write bytes. */
export function encodeBase64url(data: Uint8Array): string {
  return btoa(String.fromCharCode(...data))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** Read bytes, also where the last digit has bits that stand for nothing; throws for what is none. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new TypeError('other characters than those of base64url')
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0))
}
