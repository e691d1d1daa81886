/** A server that does with each POST what a test wants. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { EventLine } from '../../src/control/contract.js';

/** What it does: answers with a status, with one and a body that never ends, or not at all. */
export type Answer = number | 'endless' | 'hang';

/** What it was sent. */
export interface Posted {
  readonly at: number;
  readonly url: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly entry: EventLine;
}

export class WebhookServer {
  readonly posted: Posted[] = [];
  /** Highest number of requests at once. */
  most = 0;
  private readonly server: Server;
  private readonly answers: Answer[];
  private readonly open = new Set<ServerResponse>();

  /** @param answers - one after the other; the last one goes on. */
  constructor(answers: readonly Answer[] = [200], secure?: { readonly key: string; readonly cert: string }) {
    this.answers = [...answers];
    const take = (request: IncomingMessage, response: ServerResponse): void => this.take(request, response);
    this.server = secure ? createSecureServer(secure, take) : createServer(take);
  }

  /** Listens, and gives its port. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** What it was told, as "event cause". */
  get told(): readonly string[] {
    return this.posted.map(({ entry: { event, cause } }) => `${event} ${cause}`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    let text = '';
    this.open.add(response);
    this.most = Math.max(this.most, this.open.size);
    response.once('close', () => this.open.delete(response));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const { 'content-type': type, authorization } = request.headers;
      this.posted.push({ at: performance.now(), url: request.url ?? '', type, authorization, entry: JSON.parse(text) as EventLine });
      this.answer(response);
    });
  }

  private answer(response: ServerResponse): void {
    const [answer = 200] = this.answers;
    if (this.answers.length > 1) this.answers.shift();
    if (answer === 'hang') return;
    if (answer !== 'endless') return void response.writeHead(answer).end('thank you');
    response.writeHead(200);
    const pour = (): void => {
      if (response.destroyed) return;
      response.write('x'.repeat(10_000), pour);
    };
    pour();
  }
}
