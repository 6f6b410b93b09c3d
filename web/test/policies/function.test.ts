import { expect, test } from 'vitest'
import type { UnixTime } from '../../src/core/clock.ts'
import { SecretKey } from '../../src/core/keys.ts'
import { signRecord } from '../../src/core/record.ts'
import { manifestId } from '../../src/core/rules.ts'
import { PolicyClass } from '../../src/core/verdict.ts'
import { ConfigError } from '../../src/errors.ts'
import { admission, view } from '../../src/policies/function.ts'

const KEY = new SecretKey(new Uint8Array(32).fill(9))
const record = (content: string) =>
  signRecord(KEY, { createdAt: 1_790_000_000 as UnixTime, kind: 1_078, tags: [], content })
const noSpam = (given: { content: string }) => (given.content === 'spam' ? 'it is spam' : null)

test('a function becomes a policy of its class that judges each record', async () => {
  const strict = admission('no-spam', { version: 2, parameters: '{"words":1}' }, noSpam)
  expect([strict.name, strict.policyClass, view('taste', { version: 0 }, noSpam).policyClass]).toEqual([
    'no-spam',
    PolicyClass.ADMISSION,
    PolicyClass.VIEW,
  ])
  expect(await strict.judge([record('spam'), record('ham')])).toEqual([
    { type: 'Reject', policy: 'no-spam', reason: 'it is spam', rule: '', span: null },
    { type: 'Accept' },
  ])
})

test('version and parameters tell policies apart', () => {
  const ids = [{ version: 1 }, { version: 2 }, { version: 1, parameters: '{"words":1}' }].map(description =>
    manifestId(admission('no-spam', description, noSpam).manifest),
  )
  expect(new Set(ids).size).toBe(3)
})

test('a malformed name or parameters are refused at once', () => {
  expect(() => admission('No Spam', { version: 1 }, noSpam)).toThrow(ConfigError)
  expect(() => view('taste', { version: 1, parameters: '{ "a": 1 }' }, noSpam)).toThrow(ConfigError)
})

test('a function that says nothing accepts', async () => {
  const silent = view('silent', { version: 0 }, () => undefined)
  expect(await silent.judge([record('ham')])).toEqual([{ type: 'Accept' }])
})
