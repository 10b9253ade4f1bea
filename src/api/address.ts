// Whose requests are counted together: a host has many addresses of its own, and one of IPv6 as many as it likes.

const OWN = /^(?:::ffff:)?127\.|^::1$/;
const MAPPED = /^::ffff:(?=\d+\.)/;
const GROUPS = 8;
/** What a network gives to one host is no smaller. */
const GROUPS_OF_A_HOST = 4;

/** What stands for the host of an address: all of its own are one, and so is a /64 of IPv6. */
export function hostOf(address: string): string {
  if (OWN.test(address)) return '127.0.0.1';
  const bare = address.toLowerCase().replace(MAPPED, '').replace(/%.*$/, '');
  if (!bare.includes(':')) return bare;
  const [head = [], tail = []] = bare.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, GROUPS - head.length - tail.length)).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, GROUPS_OF_A_HOST).join(':')}::/64`;
}
