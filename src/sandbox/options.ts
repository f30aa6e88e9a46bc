import type { Clock } from "./core/clock.ts";
import type { Quota } from "./nova/state.ts";

/** The services that the sandbox speaks for, by the first segment of their paths. */
export type ServiceName = "identity" | "compute" | "image" | "network" | "volume" | "object-store";

/** How the sandbox is to be. All have defaults. */
export interface SandboxOptions {
  /** TCP port. Default 0: any free one. */
  readonly port?: number;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Highest microversion of Nova, `2.1` to `2.93`; `2.60` makes a cloud like Queens. Default 2.93. */
  readonly novaMicroversion?: string;
  /** How long a server takes to become ACTIVE. Default 2,000 ms. */
  readonly buildMs?: number;
  /** How long a server takes to go away. Default 500 ms. */
  readonly deleteMs?: number;
  /** How long volumes, snapshots and changes of servers' states take. Default a quarter of `buildMs`. */
  readonly changeMs?: number;
  /** Most items of a page. Default: 1,000 with Nova and Glance, any number with Neutron. */
  readonly pageLimit?: number;
  /** How long tokens live. Default four hours. */
  readonly tokenMs?: number;
  /** Password of all users. Default `sandbox`. */
  readonly password?: string;
  /** Limits of each project. Defaults: 2,000 servers, 8,000 cores, 128 TiB of memory, 1,000 keypairs. */
  readonly quota?: Partial<Quota>;
  /** Most bytes of image data in memory. Default 512 MiB. */
  readonly imageBytes?: number;
  /** Most bytes of objects in memory. Default 512 MiB. */
  readonly objectBytes?: number;
  /** How many requests the log keeps. Default 1,000. */
  readonly logSize?: number;
  /** Where the time comes from. Default: the machine. */
  readonly clock?: Clock;
  /** Ways in which the cloud is unlike others, as `NAME` or `NAME=VALUE`; see docs/sandbox.md. They go before the other options. */
  readonly quirks?: readonly string[];
}
