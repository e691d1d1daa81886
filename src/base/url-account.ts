/** The name and password in a URL. Pure. */

/**
 * The header that has them, if there are any. A "%" that encodes nothing stands for itself, as in browsers: Node throws for such a URL.
 */
export function accountHeader({ username, password }: Pick<URL, 'username' | 'password'>): { readonly authorization?: string } {
  if (username === '' && password === '') return {};
  return { authorization: `Basic ${Buffer.concat([bytesOf(username), Buffer.from(':'), bytesOf(password)]).toString('base64')}` };
}

/** The same URL without them. */
export function withoutAccount(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

const bytesOf = (text: string): Buffer =>
  Buffer.concat(
    text
      .split(/(%[0-9a-f]{2})/i)
      .map((part, index) => Buffer.from(index % 2 === 1 ? part.slice(1) : part, index % 2 === 1 ? 'hex' : 'utf8')),
  );
