import { ApiUserAccess } from "../gen/oaktree/v1/access_pb.js";

/** Presets of what API users may do, by their words on the command line. */
export const accessWords: Readonly<Record<string, ApiUserAccess>> = {
  "read-only": ApiUserAccess.READ_ONLY,
  images: ApiUserAccess.IMAGES,
  servers: ApiUserAccess.SERVERS,
  everything: ApiUserAccess.EVERYTHING,
};

/** The word for a preset. */
export function accessWord(access: ApiUserAccess): string {
  return Object.entries(accessWords).find(([, preset]) => preset === access)?.[0] ?? "own rules";
}
