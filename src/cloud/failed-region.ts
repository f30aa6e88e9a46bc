import type { JsonValue } from "./json.ts";
import type { Region } from "./region.ts";

/**
 * Stands for a cloud that could not even tell its regions, so that its error shows
 * when it is used and the other clouds go on.
 */
export class FailedRegion implements Region {
  readonly cloud: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, JsonValue>> = {};
  readonly shareKey: string;
  readonly #error: unknown;

  /** `name` is the region asked for, or empty. */
  constructor(cloud: string, name: string, error: unknown) {
    this.cloud = cloud;
    this.name = name;
    this.shareKey = JSON.stringify([cloud, name, "failed"]);
    this.#error = error;
  }

  async identity(): Promise<never> {
    throw this.#error;
  }

  async catalogue(): Promise<never> {
    throw this.#error;
  }

  async has(): Promise<never> {
    throw this.#error;
  }

  async microversion(): Promise<never> {
    throw this.#error;
  }

  async send(): Promise<never> {
    throw this.#error;
  }

  async transfer(): Promise<never> {
    throw this.#error;
  }
}
