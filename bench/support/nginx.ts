import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { MeasuredProcess } from "./processes.ts";

/** Those of the tests. */
const certificates = new URL("../../test/cloud/tls/", import.meta.url);

/** The file of the certificates by which to trust it. */
export const trust = fileURLToPath(new URL("ca.pem", certificates));

/** A bare nginx that serves the bytes of images from memory, and takes them. */
export class Nginx extends MeasuredProcess {
  /** Where it listens. */
  readonly port: number;
  /** Where it listens over TLS, with the certificate that {@link trust} is for. */
  readonly tlsPort: number;
  readonly #folder: string;

  private constructor(
    child: ConstructorParameters<typeof MeasuredProcess>[0],
    [port, tlsPort]: [number, number],
    folder: string,
  ) {
    super(child);
    this.port = port;
    this.tlsPort = tlsPort;
    this.#folder = folder;
  }

  /**
   * Starts one. Its images all have `size` bytes; what it is sent it writes to
   * memory. All other requests go to `behind`, `HOST:PORT`.
   */
  static async start(size: number, behind: string): Promise<Nginx> {
    const folder = await mkdtemp("/dev/shm/oaktree-bench-");
    const ports: [number, number] = [await freePort(), await freePort()];
    // A hole: no memory, and reading it gives zeros.
    await writeFile(join(folder, "data"), "");
    await truncate(join(folder, "data"), size);
    await writeFile(join(folder, "nginx.conf"), configuration(folder, ports, behind));
    const child = spawn("/usr/sbin/nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", (error) => {
      throw new Error("this benchmark needs nginx (Debian: nginx-light)", { cause: error });
    });
    const nginx = new Nginx(child, ports, folder);
    while (!(await answers(ports[1]))) {
      await pause(20);
    }
    return nginx;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await rm(this.#folder, { recursive: true });
  }
}

// One process does it all: it is fast enough, and can be measured and killed.
const configuration = (folder: string, [port, tlsPort]: [number, number], behind: string): string => `
daemon off;
master_process off;
pid ${folder}/pid;
events {}
http {
  access_log off;
  sendfile on;
  default_type application/octet-stream;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  map $request_method $file { PUT taken; default data; }
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${fileURLToPath(new URL("server.pem", certificates))};
    ssl_certificate_key ${fileURLToPath(new URL("server.key", certificates))};
    location ~ /file$ {
      alias ${folder}/$file;
      dav_methods PUT;
    }
    location / {
      proxy_pass http://${behind};
    }
  }
}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
