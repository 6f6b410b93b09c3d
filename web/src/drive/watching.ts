/** What changes among files. Loaded once somebody asks. */

import type { RecordId } from '../core/record.ts'
import { tagValues } from '../core/record.ts'
import type { FileEntry } from './entry.ts'
import type { Files } from './files.ts'
import { faultOf, readFolder } from './paths.ts'

/** What happened to a file: its entry now, or null when it is gone. */
export interface FileChange {
  readonly path: string
  readonly entry: FileEntry | null
}

/** Do what `Files.watch` does. */
export async function* watch(files: Files, folder: string): AsyncGenerator<FileChange> {
  const prefix = readFolder(folder)
  const { registers } = files
  await registers.ready()
  const since = await registers.inside.desk.documents.log('lastChange')
  /** By path, the version that was told last; of what is gone a change knows only the id. */
  const versions = new Map<string, RecordId>()
  const paths = new Map<RecordId, string>()
  const know = ({ path, record }: FileEntry): void => {
    if (record === null) return
    versions.set(path, record.id)
    paths.set(record.id, path)
  }
  for (const entry of await files.list(prefix)) know(entry)
  for await (const { record } of registers.changes({ since })) {
    const path = paths.get(record.id) ?? pathOf(tagValues(record, 'd')[0] ?? '', files.name)
    if (path === null || !path.startsWith(prefix) || faultOf(path) !== null) continue
    const entry = await files.entry(path)
    const before = versions.get(path)
    if (entry?.record?.id === before) continue
    if (before !== undefined) paths.delete(before)
    versions.delete(path)
    if (entry !== null) know(entry)
    yield { path, entry }
  }
}

function pathOf(key: string, name: string): string | null {
  return key.startsWith(`${name}/`) ? key.slice(name.length + 1) : null
}
