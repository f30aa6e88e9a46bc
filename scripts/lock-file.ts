/** One package in a lock file, as far as it concerns us. */
export interface LockEntry {
  version?: string;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
  cpu?: string[];
  libc?: string[];
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

/** A package-lock.json of version 2 or 3. */
export interface Lock {
  packages: Record<string, LockEntry>;
}

/** The optional dependencies that some package of the lock names and the lock lacks. */
export function missingOptionals(lock: Lock): { name: string; version: string; dev: boolean }[] {
  return Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !isLocked(lock, path, name))
      .map(([name, version]) => ({ name, version, dev: entry.dev ?? false })),
  );
}

/** Whether Node, from a package at `path`, would find one of this name. */
function isLocked(lock: Lock, path: string, name: string): boolean {
  for (let from = path; from !== ""; from = from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/")))) {
    if (`${from}/node_modules/${name}` in lock.packages) {
      return true;
    }
  }
  return `node_modules/${name}` in lock.packages;
}
