import { objectOf, type SwiftState } from "./state.ts";

/** The bytes of an object, as another service reads it for a project; undefined where there is no plain one. */
export function readObject(
  state: SwiftState,
  projectId: string,
  container: string,
  name: string,
): Buffer | undefined {
  const object = objectOf(state, state.accounts.get(`AUTH_${projectId}`)?.containers.get(container), name);
  return object === undefined || object.large !== undefined ? undefined : Buffer.concat(object.bytes);
}
