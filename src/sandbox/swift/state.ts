import type { World } from "../core/world.ts";

/** What Swift holds of one project. Made by the first request that writes. */
export interface Account {
  readonly name: string;
  readonly createdAt: number;
  /** `x-account-meta-` headers, whole names, in lower case. */
  readonly headers: Map<string, string>;
  readonly containers: Map<string, Container>;
}

/** A container. */
export interface Container {
  readonly name: string;
  readonly createdAt: number;
  changedAt: number;
  /** `x-container-meta-`, `x-container-read` and `x-container-write` headers. */
  readonly headers: Map<string, string>;
  readonly objects: Map<string, StoredObject>;
}

/** An object. Its bytes never change: another PUT makes another one. */
export interface StoredObject {
  readonly name: string;
  /** As they came in. Of a static large object: the manifest. */
  readonly bytes: readonly Buffer[];
  readonly size: number;
  /** MD5 of the bytes. */
  readonly etag: string;
  /** Of a static large object: what it is joined of. */
  readonly large: LargeObject | undefined;
  /** Rises with each change. */
  changedAt: number;
  contentType: string;
  /** Metadata and the other headers that Swift keeps. */
  headers: Map<string, string>;
  /** When it goes away, in seconds since 1970. */
  deleteAt: number | undefined;
}

/** What a static large object is as a whole. */
export interface LargeObject {
  readonly segments: readonly Segment[];
  readonly etag: string;
  readonly size: number;
}

/** A part of a static large object, as the manifest has it. */
export type Segment =
  | { readonly data: string }
  | {
      /** `/container/object`. */
      readonly name: string;
      readonly bytes: number;
      readonly hash: string;
      readonly content_type: string;
      readonly last_modified: string;
      /** `2-5`, both included. */
      readonly range?: string;
      readonly sub_slo?: true;
    };

/** What Swift holds: at most 10,000 containers, 100,000 objects, and `objectBytes` of data in all. */
export interface SwiftState extends World {
  readonly accounts: Map<string, Account>;
  /** Most bytes of objects. */
  readonly objectBytes: number;
  /** Bytes of objects that are held or on their way. */
  objectBytesUsed: number;
  /** How many objects there are. */
  objectCount: number;
  /** How many containers there are. */
  containerCount: number;
}

/** Swift without an account. */
export function swiftState(objectBytes: number): Omit<SwiftState, keyof World> {
  return { accounts: new Map(), objectBytes, objectBytesUsed: 0, objectCount: 0, containerCount: 0 };
}

/** Most containers. */
export const maxContainers = 10_000;

/** Most objects. */
export const maxObjects = 100_000;

/** The object of this name. One whose time is over is gone. */
export function objectOf(
  state: SwiftState,
  container: Container | undefined,
  name: string,
): StoredObject | undefined {
  const object = container?.objects.get(name);
  if (container !== undefined && object !== undefined && isOver(state, object)) {
    removeObject(state, container, object);
    return undefined;
  }
  return object;
}

/** The objects of a container, those gone whose time is over. */
export function objectsOf(state: SwiftState, container: Container): StoredObject[] {
  for (const object of container.objects.values()) {
    if (isOver(state, object)) {
      removeObject(state, container, object);
    }
  }
  return [...container.objects.values()];
}

function isOver(state: SwiftState, { deleteAt }: StoredObject): boolean {
  return deleteAt !== undefined && deleteAt * 1000 <= state.timeline.now();
}

/** Puts an object in the place of one of its name. Its bytes are counted already. */
export function putObject(state: SwiftState, container: Container, object: StoredObject): void {
  const old = container.objects.get(object.name);
  if (old !== undefined) {
    removeObject(state, container, old);
  }
  container.objects.set(object.name, object);
  state.objectCount++;
}

/** Takes an object away, and its bytes. */
export function removeObject(state: SwiftState, container: Container, object: StoredObject): void {
  container.objects.delete(object.name);
  state.objectCount--;
  state.objectBytesUsed -= object.size;
}
