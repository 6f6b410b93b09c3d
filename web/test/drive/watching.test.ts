/** Changes of files: each version is told once, and what is gone too, whoever made it go. */
import { expect, test } from 'vitest'
import type { FileChange } from '../../src/drive/watching.ts'
import { join } from '../../src/room/joining.ts'

test('a folder is watched: what is written, written anew, purged and deleted in it, each once', async () => {
  const room = await join('lobby', { store: 'memory', signaling: [] })
  const files = await room.files('site')
  await files.put('docs/old', 'x')
  const changes = files.watch('docs')
  const told = async (): Promise<[string, number | null]> => {
    const { path, entry } = (await changes.next()).value as FileChange
    return [path, entry?.size ?? null]
  }
  const first = told()
  // The first change is asked for once the end of the log was read.
  await expect.poll(() => files.exists('docs/old')).toBe(true)
  await new Promise(done => setTimeout(done, 50))
  await files.put('other/a', 'x')
  await files.put('docs/new', 'xy')
  expect(await first).toEqual(['docs/new', 2])
  await files.put('docs/old', 'xyz')
  expect(await told()).toEqual(['docs/old', 3])
  const record = (await files.entry('docs/new'))?.record
  await room.moderation.purge(record?.id ?? '')
  expect(await told()).toEqual(['docs/new', null])
  await files.delete('docs/old')
  expect(await told()).toEqual(['docs/old', null])
  await changes.return(undefined)
  await room.leave()
})
