import { expect, test } from 'vitest'
import { Membership, type Phase } from '../../../src/elements/room/membership.ts'
import type { Settings } from '../../../src/elements/room/settings.ts'
import { RoomClosedError } from '../../../src/errors.ts'
import { join } from '../../../src/room/joining.ts'
import type { Room } from '../../../src/room/room.ts'
import { MemorySwarm } from '../../swarm.ts'

/** However busy the machine is. */
const OFTEN = { interval: 5 }
const LOBBY: Settings = { room: 'lobby', options: {} }
const KITCHEN: Settings = { room: 'kitchen', options: {} }

/** A membership, with everything that it did. */
class Scene {
  readonly phases: Phase[] = []
  readonly failures: string[] = []
  readonly opened: Room[] = []
  /** What opening a room waits for. */
  gate: Promise<void> = Promise.resolve()
  error: Error | null = null
  readonly membership: Membership

  constructor() {
    this.membership = new Membership(settings => this.#open(settings), {
      onChange: () => this.phases.push(this.membership.phase),
      onFailure: error => this.failures.push(error.message),
    })
  }

  get names(): string[] {
    return this.opened.map(({ name }) => name.room)
  }

  async #open({ room }: Settings): Promise<Room> {
    await this.gate
    if (this.error !== null) throw this.error
    const opened = await join(room, { store: 'memory', transport: new MemorySwarm().transport() })
    this.opened.push(opened)
    return opened
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(settle => (resolve = settle))
  return { promise, resolve }
}

test('it joins what is wanted, and leaves when nothing is', async () => {
  const { membership, phases } = new Scene()
  membership.want(LOBBY)
  const room = await membership.joined()
  expect(membership.room).toBe(room)
  membership.want(null)
  expect(membership.room).toBeNull()
  await expect.poll(() => phases, OFTEN).toEqual(['joining', 'joined', 'leaving', 'idle'])
  await expect(room.records()).rejects.toThrow(RoomClosedError)
})

test('settings alike those before change nothing', async () => {
  const scene = new Scene()
  scene.membership.want(LOBBY)
  await scene.membership.joined()
  scene.membership.want({ ...LOBBY, options: {} })
  expect(await scene.membership.joined()).toBe(scene.opened[0])
  expect(scene.opened).toHaveLength(1)
})

test('of changes that come faster than rooms open, the last one counts, and no room is left open', async () => {
  const scene = new Scene()
  const gate = deferred()
  scene.gate = gate.promise
  scene.membership.want(LOBBY)
  scene.membership.want(null)
  for (const room of ['kitchen', 'attic', 'cellar']) scene.membership.want({ room, options: {} })
  const joined = scene.membership.joined()
  gate.resolve()
  expect((await joined).name.room).toBe('cellar')
  expect(scene.names).toEqual(['lobby', 'cellar'])
  await expect(scene.opened[0]?.records()).rejects.toThrow(RoomClosedError)
})

test('what is wanted again before it was left is joined once more', async () => {
  const scene = new Scene()
  scene.membership.want(LOBBY)
  await scene.membership.joined()
  scene.membership.want(KITCHEN)
  scene.membership.want(LOBBY)
  await expect
    .poll(() => [scene.membership.phase, scene.membership.room?.name.room], OFTEN)
    .toEqual(['joined', 'lobby'])
})

test('what fails is said once, and tried again only when somebody asks', async () => {
  const scene = new Scene()
  scene.error = new Error('no network')
  scene.membership.want(LOBBY)
  await expect(scene.membership.joined()).rejects.toThrow('no network')
  expect([scene.membership.phase, scene.failures]).toEqual(['failed', ['no network']])
  scene.error = null
  scene.membership.retry()
  await scene.membership.joined()
  expect(scene.membership.phase).toBe('joined')
})

test('a failure of what nobody wants any more is not told', async () => {
  const scene = new Scene()
  const gate = deferred()
  scene.gate = gate.promise
  scene.error = new Error('no network')
  scene.membership.want(LOBBY)
  scene.membership.want(null)
  gate.resolve()
  await expect.poll(() => scene.membership.phase, OFTEN).toBe('idle')
  expect(scene.failures).toEqual([])
})

test('a room that breaks is said to have failed, and can be joined again', async () => {
  const scene = new Scene()
  scene.membership.want(LOBBY)
  const room = await scene.membership.joined()
  room.fail(new RoomClosedError('the room failed: the disk is gone'))
  await expect.poll(() => scene.membership.phase, OFTEN).toBe('failed')
  expect(scene.failures).toEqual(['the room failed: the disk is gone'])
  expect(await scene.membership.joined()).not.toBe(room)
})

test('a room that its user leaves is no failure', async () => {
  const scene = new Scene()
  scene.membership.want(LOBBY)
  await (await scene.membership.joined()).leave()
  scene.membership.want(null)
  await expect.poll(() => scene.membership.phase, OFTEN).toBe('idle')
  expect(scene.failures).toEqual([])
})

test('who waits for a room that is not wanted is told', async () => {
  const { membership } = new Scene()
  await expect(membership.joined()).rejects.toThrow(RoomClosedError)
  membership.want(LOBBY)
  const waiting = membership.joined()
  membership.want(null)
  await expect(waiting).rejects.toThrow('the element left the room')
})
