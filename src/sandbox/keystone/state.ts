import type { World } from "../core/world.ts";

/** A project. All are in the domain `default`. */
export interface Project {
  readonly id: string;
  readonly name: string;
}

/** A user. All are in the domain `default`. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  /** The one project that the user is in. */
  readonly project: Project;
  /** Names of the roles in it. */
  readonly roles: readonly string[];
}

/** What Keystone holds for good; tokens and application credentials are in `Identity`. */
export interface KeystoneState extends World {
  readonly users: Map<string, User>;
  readonly projects: Map<string, Project>;
  /** Ids of the roles by their names. */
  readonly roles: Map<string, string>;
}

/** Keystone without anybody. */
export function keystoneState(): Omit<KeystoneState, keyof World> {
  return { users: new Map(), projects: new Map(), roles: new Map() };
}
