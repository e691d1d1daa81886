/** Fields that are one of several things, each named by a key of its own. */
export const methodsOf = {
  ready: ['http', 'tcp', 'exec', 'log', 'exit', 'fd', 'notify'],
  alive: ['http', 'tcp', 'exec', 'notify'],
  watchdogs: ['http', 'tcp', 'exec'],
  call: ['xmlrpc', 'jsonrpc', 'http'],
} as const;

/** Such a field. */
export type MethodField = keyof typeof methodsOf;
