import { isIPv6 } from "node:net";

/**
 * What stands for an address where clients are counted: an IPv6 network of 64 bits
 * counts as one, since one client has all of its addresses.
 */
export function addressKey(address: string): string {
  const [plain = ""] = address.split("%");
  const inIpv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (inIpv4 !== undefined || !isIPv6(plain)) {
    return inIpv4 ?? plain;
  }
  const [head = "", tail = ""] = plain.toLowerCase().split("::");
  const first = head.split(":").filter(Boolean);
  const last = tail.split(":").filter(Boolean);
  const zeros = plain.includes("::")
    ? Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0")
    : [];
  const groups = [...first, ...zeros, ...last].map((group) => group.replace(/^0+(?=.)/, ""));
  return `${groups.slice(0, 4).join(":")}::/64`;
}
