/** Where probes and calls go to: addresses and ports as people write them. Pure. */

/** What a URL must be. */
export const URL_EXPECTED = 'an http or https URL such as "http://localhost:3000/health"';
/** What an address must be. */
export const ADDRESS_EXPECTED = 'a port (of localhost), or "HOST:PORT" such as "db.example:5432" or "[::1]:80"';

/** The highest port. */
export const MOST_PORT = 65_535;
/** A port, by itself or behind a host: a name, an IPv4 address, or an IPv6 address in brackets. */
const ADDRESS = /^(?:(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:/[\]]+)):)?(\d{1,5})$/;

/** Is this a whole URL that HTTP can be spoken to? */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** Host and port that an address means; undefined when it is none. A bare port is of localhost. */
export function parseAddress(address: string | number): { readonly host: string; readonly port: number } | undefined {
  const [, six, host = 'localhost', digits] = ADDRESS.exec(String(address).trim()) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= MOST_PORT ? { host: six ?? host, port } : undefined;
}
