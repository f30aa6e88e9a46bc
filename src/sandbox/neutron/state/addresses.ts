import type { NeutronState, Subnet } from "./types.ts";

/** The subnets of a network. */
export function subnetsOf(world: NeutronState, networkId: string): Subnet[] {
  return [...world.subnets.values()].filter((subnet) => subnet.networkId === networkId);
}

/** Takes a free address of a subnet, or the wanted one. Undefined when there is none. */
export function takeAddress(subnet: Subnet, wanted?: string): string | undefined {
  if (wanted !== undefined) {
    const number = ipNumber(wanted);
    const fits = number >= subnet.first && number <= subnet.last && !subnet.used.has(number);
    if (fits) {
      subnet.used.add(number);
    }
    return fits ? wanted : undefined;
  }
  const size = subnet.last - subnet.first + 1;
  for (let tried = 0; tried < size; tried++) {
    const candidate = subnet.next;
    subnet.next = candidate >= subnet.last ? subnet.first : candidate + 1;
    if (!subnet.used.has(candidate)) {
      subnet.used.add(candidate);
      return ipText(candidate);
    }
  }
  return undefined;
}

/** An IPv4 address as a number. */
export function ipNumber(text: string): number {
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** A number as an IPv4 address. */
export function ipText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
