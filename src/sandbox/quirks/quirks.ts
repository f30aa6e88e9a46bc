import type { Faults } from "../core/faults.ts";
import { latency } from "./latency.ts";
import { whole } from "./values.ts";

/** How a sandbox is other than usual: what quirks add up to. */
export interface Effects {
  /** Highest microversion of Nova. */
  novaMicroversion?: string;
  /** Most items of a page. */
  pageLimit?: number;
  /** How long tokens live, in milliseconds. */
  tokenMs?: number;
  /** What the networks are like. */
  networks?: "usual" | "provider" | "no-floating-ips" | "none";
  /** Whether the bytes of images come by tasks that import objects of Swift, and not by PUT. */
  taskUploads?: boolean;
  /** The only format that images may have. */
  diskFormat?: string;
  /** Servers that are there already, and every how many milliseconds one is exchanged for another. */
  crowd?: { readonly count: number; readonly churnMs: number | undefined };
  /** What happens to requests. `revoke` ends all tokens. */
  readonly faults: ((faults: Faults, revoke: () => void) => void)[];
}

/** A way in which a cloud is unlike others. */
export interface Quirk {
  /** What may stand behind `=`; empty for nothing. */
  readonly form: string;
  /** One line for a reader. */
  readonly help: string;
  /** Adds it. @throws RangeError for a value that does not fit. */
  add(effects: Effects, value: string | undefined): void;
}

/** Answers that tell when to come again. */
const later = [413, 429, 503];

/** All of them, by name. */
export const quirks: Readonly<Record<string, Quirk>> = {
  latency: {
    form: "MS, MIN..MAX or MEDIAN/P99",
    help: "each answer comes so late, in milliseconds: always, evenly spread, or with a long tail",
    add: (effects, value) => {
      const milliseconds = latency(value ?? "50");
      effects.faults.push((faults) => faults.slow(milliseconds));
    },
  },
  status: {
    form: "CODE[/N]",
    help: "every N-th request is refused with 409, 413, 429, 500, 502 or 503; each with 1. Default 503/3",
    add: (effects, value) => {
      const [code = "503", every = "3"] = (value ?? "").split("/").filter((part) => part !== "");
      const status = whole("status", code, 400, 599);
      const headers: Record<string, string> = later.includes(status) ? { "retry-after": "1" } : {};
      const body = { error: { code: status, message: `The quirk status=${status}.`, title: "Quirk" } };
      add(effects, every, { kind: "answer", status, headers, body });
    },
  },
  drop: {
    form: "before|during|after[/N]",
    help: "the connection of every N-th request is cut before, during or after the answer is made. Default before/5",
    add: (effects, value) => {
      const [when = "before", every = "5"] = (value ?? "").split("/").filter((part) => part !== "");
      const kinds = { before: "drop-before", during: "truncated", after: "drop-after" } as const;
      if (!(when in kinds)) {
        throw new RangeError(`drop is before, during or after, not ${when}`);
      }
      add(effects, every, { kind: kinds[when as keyof typeof kinds] });
    },
  },
  garbage: {
    form: "[N]",
    help: "every N-th answer is no JSON. Default 5",
    add: (effects, value) => add(effects, value ?? "5", { kind: "garbage" }),
  },
  "short-tokens": {
    form: "SECONDS",
    help: "tokens live so long. Default 60",
    add: (effects, value) => {
      effects.tokenMs = whole("short-tokens", value ?? "60", 1, 86_400) * 1000;
    },
  },
  "revoked-tokens": {
    form: "[N]",
    help: "all tokens end after every N requests. Default 10",
    add: (effects, value) => {
      const due = everyNth(value ?? "10");
      effects.faults.push((faults, revoke) =>
        faults.always({}, ({ service }) => {
          if (service !== "identity" && due()) {
            revoke();
          }
          return undefined;
        }),
      );
    },
  },
  pages: {
    form: "N",
    help: "no page of a list has more. Default 3",
    add: (effects, value) => {
      effects.pageLimit = whole("pages", value ?? "3", 1, 10_000);
    },
  },
  "looping-marker": {
    form: "",
    help: "lists come in pages of 3, and the page after the first is the first again",
    add: (effects) => {
      effects.pageLimit = 3;
      effects.faults.push((faults) =>
        faults.always({ method: "GET" }, () => ({ kind: "ignore-query", names: ["marker"] })),
      );
    },
  },
  "provider-networks": {
    form: "",
    help: "one network of the provider, which servers are put on; no routers, no floating IPs",
    add: (effects) => {
      effects.networks = "provider";
    },
  },
  "no-floating-ips": {
    form: "",
    help: "a network of one's own, and none that leads outside",
    add: (effects) => {
      effects.networks = "no-floating-ips";
    },
  },
  "no-network-service": {
    form: "",
    help: "no Neutron: it is not in the catalogue, and does not answer",
    add: (effects) => {
      effects.networks = "none";
      effects.faults.push((faults) =>
        faults.always({ service: "network" }, () => ({ kind: "answer", status: 404 })),
      );
    },
  },
  "raw-only": {
    form: "",
    help: "images are of the format raw",
    add: (effects) => {
      effects.diskFormat = "raw";
    },
  },
  "task-uploads": {
    form: "",
    help: "images take no bytes; a task of Glance's imports an object of Swift (openstacksdk: image_api_use_tasks)",
    add: (effects) => {
      effects.taskUploads = true;
    },
  },
  microversions: {
    form: "2.N",
    help: "the highest that Nova knows, 2.1 to 2.93. Default 2.1",
    add: (effects, value) => {
      effects.novaMicroversion = value ?? "2.1";
    },
  },
  "no-discovery": {
    form: "",
    help: "services do not say which versions they have, and Swift hides /info",
    add: (effects) => {
      const path = /^\/((compute|image|network|volume)\/?(v[\d.]+\/?)?|info)$/;
      effects.faults.push((faults) =>
        faults.always({ method: "GET", path }, () => ({ kind: "answer", status: 404 })),
      );
    },
  },
  servers: {
    form: "N[/SECONDS]",
    help: "so many servers are there, and every so many seconds one is exchanged for another. Default 10000/1",
    add: (effects, value) => {
      const [count = "10000", seconds] = (value ?? "10000/1").split("/");
      effects.crowd = {
        count: whole("servers", count, 1, 15_000),
        churnMs: seconds === undefined ? undefined : whole("servers", seconds, 1, 3600) * 1000,
      };
    },
  },
};

/** Adds up quirks, each as `NAME` or `NAME=VALUE`. @throws RangeError. */
export function effectsOf(wanted: readonly string[]): Effects {
  const effects: Effects = { faults: [] };
  for (const each of wanted) {
    const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(each) ?? [];
    const quirk = Object.hasOwn(quirks, name) ? quirks[name] : undefined;
    if (quirk === undefined) {
      throw new RangeError(`there is no quirk ${name}; there are ${Object.keys(quirks).join(", ")}`);
    }
    if (quirk.form === "" && value !== undefined) {
      throw new RangeError(`the quirk ${name} takes no value`);
    }
    quirk.add(effects, value);
  }
  return effects;
}

function add(effects: Effects, every: string, outcome: Parameters<Faults["next"]>[1]): void {
  const due = everyNth(every);
  effects.faults.push((faults) => faults.always({}, () => (due() ? outcome : undefined)));
}

/** Says yes each N-th time that it is asked: the same in every run. */
function everyNth(text: string): () => boolean {
  const every = whole("N", text, 1, 1_000_000);
  let count = 0;
  return () => ++count % every === 0;
}
