// @peculiar/x509 finds its parts by decorators' metadata, and throws where nobody has brought that.
import "reflect-metadata";
import { KeyObject, type webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A certificate and its key, both PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
/** Browsers take no longer ones. */
const certificateDays = 397;

/** Makes an authority that signs certificates, and no other authorities. */
export async function makeAuthority(name: string): Promise<Certified> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    ...lasting(authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${made.toString("pem")}\n`, key: pemOf(keys.privateKey) };
}

/** Signs a certificate: for a server with these names and addresses, or for the caller of this name. */
export async function sign(
  authority: Certified,
  subject: { hosts: readonly string[] } | { caller: string },
): Promise<Certified> {
  const issuer = new X509Certificate(authority.cert);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const isServer = "hosts" in subject;
  const usage = isServer ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  const names = isServer
    ? [new SubjectAlternativeNameExtension(subject.hosts.map((value) => ({ type: typeOf(value), value })))]
    : [];
  const made = await X509CertificateGenerator.create({
    subject: [{ CN: [(isServer ? subject.hosts[0] : subject.caller) ?? ""] }],
    issuer: issuer.subjectName,
    ...lasting(certificateDays),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...names,
      await AuthorityKeyIdentifierExtension.create(issuer),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${made.toString("pem")}\n`, key: pemOf(keys.privateKey) };
}

function typeOf(host: string): "ip" | "dns" {
  return isIP(host) === 0 ? "dns" : "ip";
}

/** From an hour ago, for clocks that are behind. */
function lasting(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - day / 24), notAfter: new Date(Date.now() + days * day) };
}

function pemOf(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}
