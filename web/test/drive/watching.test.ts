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
    return path === 'docs/first' ? await told() : [path, entry?.size ?? null]
  }
  // It is told of what comes once the end of the log was read, and nobody is told when that was.
  let hasBegun = false
  const begun = changes.next().then(() => {
    hasBegun = true
  })
  for (let number = 0; !hasBegun; number++) {
    await files.put('docs/first', `${number}`)
    await new Promise(done => setTimeout(done, 20))
  }
  await begun
  await files.put('other/a', 'x')
  await files.put('docs/new', 'xy')
  expect(await told()).toEqual(['docs/new', 2])
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
