/** Devices that keep passkeys, made up by Chromium (WebAuthn of the DevTools protocol). */

import type { CDPSession } from 'playwright-core'

/** Give the page of *devices* one that knows its user, and has the extension prf unless told otherwise; give its id. */
export async function plug(devices: CDPSession, { hasPrf = true } = {}): Promise<string> {
  await devices.send('WebAuthn.enable')
  const { authenticatorId } = await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf,
    },
  })
  return authenticatorId
}
