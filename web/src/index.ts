/**
 * peerset: a swarm database in the page.
 *
 *     import { join } from 'peerset'
 *     const room = await join('lobby')
 *     await room.publish({ text: 'hello' })
 *     for await (const record of room.subscribe({})) console.log(record.content)
 *
 * Importing has no side effects, and nothing here touches a browser's objects before `join` is called.
 */

export type { Reach } from './adapters/reach.ts'
export type { StoreSpec } from './adapters/storage.ts'
export type { Json } from './core/action.ts'
export type { Address, FileTarget, KeyTarget, RecordTarget, Target } from './core/address.ts'
export type { Cause } from './core/cause.ts'
export type { Moment, Monotonic, UnixTime } from './core/clock.ts'
export type { DaySum } from './core/day-sum.ts'
export type { Outline } from './core/deletion.ts'
export { type Cursor, cursorOf } from './core/filter.ts'
export { npub, type PublicKey, parseNpub, SecretKey } from './core/keys.ts'
export type { LinkingCode } from './core/linking-code.ts'
export {
  type AddressPointer,
  decodeNip19,
  type EventPointer,
  encodeNip19,
  type Pointer,
  type ProfilePointer,
} from './core/nip19.ts'
export { eventOf, type Record, type RecordId, recordOf, signRecord, tagValues } from './core/record.ts'
export { type Manifest, makeManifest } from './core/rules.ts'
export type { PeerId, RoomName, RoomTag } from './core/signal.ts'
export type { AnyId, AnyKey } from './core/typed.ts'
export { type Accept, PolicyClass, type Reject, type Seat, type Verdict } from './core/verdict.ts'
export type { Batch } from './data/batch.ts'
export type { ChangesOptions, RoomChangesOptions } from './data/changes.ts'
export type { Collection } from './data/collection.ts'
export type { CollectionOptions } from './data/declaring.ts'
export type { Difference } from './data/difference.ts'
export type { AnyDoc, Expected } from './data/expected.ts'
export type { Fold, FoldOptions } from './data/folds.ts'
export type { LiveQuery } from './data/live.ts'
export type { Differing, DiffOptions, Whose } from './data/reading.ts'
export type { QueryFigures } from './data/statistics.ts'
export type { Doc, FindOptions, Page, Path, StandardSchema, Where } from './data/types.ts'
export type { View, ViewOptions } from './data/views.ts'
export type { Change, ChangeKind } from './documents/change.ts'
export type { ViewKey } from './documents/keys.ts'
export type { Explanation } from './documents/plan.ts'
export type { ViewStep, ViewWriter } from './documents/view.ts'
export type { AddOptions } from './drive/adding.ts'
export type { FileEntry } from './drive/entry.ts'
export type {
  DownloadOptions,
  FileDifference,
  FileOptions,
  FileSource,
  Files,
  FileUrl,
  FolderOptions,
  ListOptions,
  VersionOptions,
} from './drive/files.ts'
export type { FileLimits } from './drive/limits.ts'
export type { OpenedFile } from './drive/opened.ts'
export type { ServedFiles, ServeOptions } from './drive/serving.ts'
export type { FileChange } from './drive/watching.ts'
export * from './errors.ts'
export {
  type BunkerOptions,
  bunkerSigner,
  extensionSigner,
  type InvitedOptions,
  invitedSigner,
  keySigner,
  type NostrExtension,
  nameHeir,
  openVault,
  ownKey,
  type RemoteSigner,
} from './identity/signers.ts'
export type { Lock, Vault } from './identity/vault.ts'
export type { Ban } from './moderation/bans.ts'
export type { Hidden } from './moderation/curtain.ts'
export type { Moderation, Moderator } from './moderation/moderator.ts'
export type {
  CollectionChanged,
  CurtainChanged,
  Notice,
  PeerRefused,
  PolicyFailed,
  RoomEvent,
  StorageDamaged,
  StorageEvicted,
  StorageFailed,
  StorageUnavailable,
} from './notices.ts'
export type { Authors } from './policies/authors.ts'
export type { Budgets } from './policies/budget.ts'
export { admission, type Description, type Opinion, view } from './policies/function.ts'
export type { GrantPolicy } from './policies/granting.ts'
export type { Moderators, Revokers } from './policies/moderators.ts'
export { pins } from './policies/pinning.ts'
export type { Pinners } from './policies/pins.ts'
export { authors, budget, moderators, revoked, writers } from './policies/shipped.ts'
export type { Ownership } from './policies/writers.ts'
export type {
  Draft,
  Policy,
  SetRule,
  SignalingStatus,
  Signer,
  Store,
  Transport,
  TransportListener,
} from './ports.ts'
export type * from './protocol/events.ts'
export type { PeerStatus } from './protocol/neighbour.ts'
export {
  boundRoom,
  type Invited,
  makeAddress,
  makeLink,
  type Named,
  parseAddress,
  parseCode,
} from './room/addressed.ts'
export { enforce } from './room/database.ts'
export type { Device, Devices, Link, Request as LinkRequest } from './room/devices.ts'
export type { Traffic } from './room/driver.ts'
export type { GrantOptions, Permission } from './room/granting.ts'
export { type JoinOptions, join } from './room/joining.ts'
export type { Asking, Offer } from './room/offer.ts'
export type { Pin } from './room/pinning.ts'
export type { AnyTime, Query } from './room/query.ts'
export type { Day, Publication, Room } from './room/room.ts'
export type { AnySeal, SealStatus } from './room/sealing.ts'
export type { Lagged, Stream } from './room/stream.ts'
export type { Subscription } from './room/subscription.ts'
