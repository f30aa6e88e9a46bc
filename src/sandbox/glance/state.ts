import { createHash } from "node:crypto";
import type { JsonObject } from "../../cloud/json.ts";
import type { World } from "../core/world.ts";

/** An image. Free properties are in `properties`. */
export interface Image {
  readonly id: string;
  readonly owner: string;
  readonly createdAt: number;
  updatedAt: number;
  name: string | null;
  diskFormat: string | null;
  containerFormat: string | null;
  visibility: string;
  status: "queued" | "saving" | "uploading" | "importing" | "active" | "deactivated";
  protected: boolean;
  hidden: boolean;
  minRam: number;
  minDisk: number;
  tags: string[];
  properties: Map<string, string>;
  data: ImageData | undefined;
  /** Bytes that wait for an import. */
  staged: ImageData | undefined;
  /** The imports, oldest first. */
  tasks: ImportTask[];
}

/** The bytes of an image, and their digests. */
export interface ImageData {
  readonly bytes: Buffer;
  readonly md5: string;
  readonly sha512: string;
}

/** Bytes with their digests. */
export function imageData(bytes: Buffer): ImageData {
  return {
    bytes,
    md5: createHash("md5").update(bytes).digest("hex"),
    sha512: createHash("sha512").update(bytes).digest("hex"),
  };
}

/** An import of an image. */
export interface ImportTask {
  readonly id: string;
  readonly createdAt: number;
  readonly userId: string;
  updatedAt: number;
  isDone: boolean;
}

/** An import that was asked for by a task, as openstacksdk's `image_api_use_tasks` does. */
export interface UploadTask {
  readonly id: string;
  readonly owner: string;
  readonly input: JsonObject;
  readonly createdAt: number;
  updatedAt: number;
  status: "pending" | "success" | "failure";
  /** Why it failed. */
  message: string;
  imageId: string | undefined;
}

/** What Glance holds: at most 2,000 images, with `imageBytes` in all, and 200 tasks. */
export interface GlanceState extends World {
  readonly images: Map<string, Image>;
  /** The imports by tasks, oldest first. */
  readonly uploadTasks: Map<string, UploadTask>;
  /** Most bytes of image data. */
  readonly imageBytes: number;
  /** Bytes of image data that are held or on their way. */
  imageBytesUsed: number;
}

/** Glance without an image. */
export function glanceState(imageBytes: number): Omit<GlanceState, keyof World> {
  return { images: new Map(), uploadTasks: new Map(), imageBytes, imageBytesUsed: 0 };
}
