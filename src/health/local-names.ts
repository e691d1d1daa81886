import type { LookupFunction } from 'node:net';

/** "localhost" is this machine by both protocols, whatever /etc/hosts and name servers have made of it; every other name is looked up as ever. */
export const lookupFor = (host: string): { readonly lookup?: LookupFunction } => (host === 'localhost' ? { lookup: loopback } : {});

const ADDRESSES = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

const loopback: LookupFunction = (_host, options, answer) => {
  if (options.all) answer(null, ADDRESSES);
  else answer(null, '127.0.0.1', 4);
};
